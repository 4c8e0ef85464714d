import type { Json } from '../json.ts';
import { sha256Hex } from '../sha256.ts';
import type { CommandArgument, TensorArgument, WireCommand } from './batch.ts';
import { canonicalJson } from './canonical-json.ts';
import { formatObjectRef, parseObjectRef } from './object-name.ts';

/**
 * What tells a repeated command from another one with the same result ids: SHA-256 of the canonical
 * JSON of `[op, args, attributes, results]`, references written as `{owner}/{id}`.
 */
export async function commandDigest(
  [op, args, attributes, results]: WireCommand,
  { caller }: { readonly caller: string },
): Promise<string> {
  const absolute = (argument: TensorArgument): TensorArgument => {
    const name = typeof argument === 'string' ? parseObjectRef(argument, { caller }) : undefined;
    return name === undefined ? argument : formatObjectRef(name);
  };
  const resolved = args.map((argument) =>
    isList(argument) ? argument.map(absolute) : argument === null ? null : absolute(argument),
  );
  return await jsonDigest([op, resolved, attributes, results] as unknown as Json);
}

/** SHA-256 of a value's canonical JSON in UTF-8. */
export function jsonDigest(value: Json): Promise<string> {
  return sha256Hex(new TextEncoder().encode(canonicalJson(value)));
}

function isList(argument: CommandArgument): argument is readonly TensorArgument[] {
  return Array.isArray(argument);
}
