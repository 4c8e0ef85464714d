/** Outcome of reading JSON that somebody else wrote. */
export type ParsedJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Parses JSON; malformed text is an outcome, not an exception. */
export function parseJson(text: string): ParsedJson {
  try {
    return { kind: 'value', value: JSON.parse(text) };
  } catch (error) {
    return { kind: 'malformed', reason: `Not JSON: ${(error as Error).message}` };
  }
}
