/** What strangers name (metrics, devices, error details) reaches a terminal as text and never as commands to it. */
import { escapeUnprintable } from '../protocol/printable.ts';

/** Text for one line: every character that a terminal would obey is shown as its escape. */
export function oneLine(text: string): string {
  const shortened = text.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
  return escapeUnprintable(shortened);
}

/** Text of our own of several lines: as {@link oneLine}, with its line breaks. */
export function linesOf(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

/** JSON text without unprintable characters; its value stays the same. */
export function printableJson(json: string): string {
  return json.split('\n').map(escapeUnprintable).join('\n');
}
