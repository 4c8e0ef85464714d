/** What strangers name (metrics, devices, error details) reaches a terminal as text and never as commands to it. */

/** Code units that a terminal obeys, or that turn or hide text: both ends belong to the range. */
const UNPRINTABLE: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
];

/** Everything but printable ASCII, most of which is printable too. */
const SUSPICIOUS = /[^ -~]/g;

/** Text for one line: every character that a terminal would obey is shown as its escape. */
export function oneLine(text: string): string {
  return text.replace(SUSPICIOUS, (unit) => (isPrintable(unit) ? unit : escapeOf(unit)));
}

/** Text of our own of several lines: as {@link oneLine}, with its line breaks. */
export function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** JSON text without unprintable characters; its value stays the same. */
export function printableJson(json: string): string {
  return json.replace(SUSPICIOUS, (unit) =>
    unit === '\n' || isPrintable(unit) ? unit : `\\u${hexOf(unit)}`,
  );
}

function isPrintable(unit: string): boolean {
  const code = unit.charCodeAt(0);
  return !UNPRINTABLE.some(([first, last]) => code >= first && code <= last);
}

function escapeOf(unit: string): string {
  if (unit === '\n') return '\\n';
  if (unit === '\t') return '\\t';
  if (unit === '\r') return '\\r';
  return `\\u${hexOf(unit)}`;
}

function hexOf(unit: string): string {
  return unit.charCodeAt(0).toString(16).padStart(4, '0');
}
