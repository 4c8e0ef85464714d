import type { Json } from '../json.ts';

/**
 * The one text of a JSON value: names in the order of their UTF-16 units, no spaces, numbers as
 * JavaScript writes them. So equal values have equal digests, in whatever order they were made.
 *
 * @see RFC 8785, which this follows for every value whose text is well-formed
 */
export function canonicalJson(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = value as { readonly [name: string]: Json | undefined };
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  // The default order compares UTF-16 units.
  const texts = names
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(members[name])}`);
  return `{${texts.join(',')}}`;
}
