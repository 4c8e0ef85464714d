/** Strangers' text in places where people read it: terminals, logs, pages. */

/**
 * Controls, invisible formatting (also that which turns the direction of writing), lone surrogates,
 * line separators and characters without a meaning yet.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes what does not print as itself, as JSON would, and cuts the text.
 *
 * @param lengthMax - Most UTF-16 units of the result; a cut one ends in `…`.
 */
export function printable(text: string, lengthMax: number): string {
  const escaped = text.slice(0, lengthMax + 1).replace(UNPRINTABLE, escapeCharacter);
  return escaped.length > lengthMax ? `${escaped.slice(0, lengthMax - 1)}…` : escaped;
}

/** Escapes one character as its UTF-16 units. */
function escapeCharacter(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Escapes, within a text that is JSON already, what JSON leaves as it is and a terminal does not print. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}
