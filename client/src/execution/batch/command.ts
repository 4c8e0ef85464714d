import type * as z from 'zod';
import {
  type CommandArgument,
  CommandError,
  type Json,
  type ObjectRef,
  type TensorArgument,
  type WireCommand,
} from '../../protocol/index.ts';
import { ownMembers } from '../../protocol/own-members.ts';
import type { BatchRun } from './batch-run.ts';

/** One command of a batch. */
export interface Command {
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly wire: WireCommand;
}

/**
 * Runs a command that is no tensor operation.
 *
 * @returns the value of its status, if it has one.
 * @throws {@link CommandError} when it is refused; what it has stored until then stays.
 */
export type Verb = (run: BatchRun, command: Command) => Promise<Json | undefined>;

/** Every reference in a command's arguments, in order. */
export function refsOf({ wire: [, args] }: Command): ObjectRef[] {
  return args.flatMap((argument) =>
    listOf(argument).filter((item): item is ObjectRef => typeof item === 'string'),
  );
}

/** An argument as a list; empty for one that is left out. */
export function listOf(argument: CommandArgument): readonly TensorArgument[] {
  if (argument === null) return [];
  return isList(argument) ? argument : [argument];
}

/** Tells lists of tensors from tensors. */
export function isList(argument: CommandArgument): argument is readonly TensorArgument[] {
  return Array.isArray(argument);
}

/**
 * Reads a command's attributes.
 *
 * @throws {@link CommandError} `command-invalid`.
 */
export function attributesOf<T>(schema: z.ZodType<T>, { wire }: Command): T {
  const parsed = schema.safeParse(ownMembers(wire[2]));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'its attributes';
  throw commandInvalid(
    wire[0],
    `is not as expected at ${where}: ${issue?.message ?? 'unknown fault'}`,
  );
}

/**
 * Checks how many references a command has, and results.
 *
 * @returns the references.
 * @throws {@link CommandError} `command-invalid`.
 */
export function checkCounts(
  command: Command,
  expected: { readonly args?: number; readonly results?: number },
): readonly ObjectRef[] {
  const [op, args, , results] = command.wire;
  const refs = args.filter((argument): argument is ObjectRef => typeof argument === 'string');
  const { args: argCount = refs.length, results: resultCount = results.length } = expected;
  if (args.length !== argCount || refs.length !== args.length) {
    throw commandInvalid(op, `got other arguments than ${argCount} references`);
  }
  if (results.length !== resultCount) {
    throw commandInvalid(op, `got ${results.length} result ids, expected ${resultCount}`);
  }
  return refs;
}

/** The error of a command of another form than the protocol has. */
export function commandInvalid(op: string, what: string): CommandError {
  return new CommandError(`${op} ${what}; see the protocol's description of commands`, {
    code: 'command-invalid',
  });
}
