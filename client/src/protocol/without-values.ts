/**
 * Other libraries' errors without the data they quote. TensorFlow.js prints whole tensors and single
 * elements into its messages, and messages are logged, sent and shown; a device's data is not.
 */
import { TributaryError } from './errors.ts';

/** Where a printed tensor begins: `Tensor`, then its values. */
const PRINTED = /\bTensor\s+(?=\[|[-+]?\.?\d|NaN|-?Infinity|true\b|false\b|dtype:)/g;

/** One printed element. */
const ELEMENT = /^(?:[-+]?(?:[\d.]+(?:[eE][-+]?\d+)?|Infinity)|NaN|true|false)/;

/** The end of the list that begins at `start`. */
function listEnd(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '[') depth += 1;
    if (text[i] === ']') depth -= 1;
    if (depth === 0) return i + 1;
  }
  return text.length;
}

/** The end of what is printed at `start`. */
function printedEnd(text: string, start: number): number {
  if (text.startsWith('dtype:', start)) {
    const list = text.slice(start).search(/(?<=values:\s*)\S/);
    return list < 0 ? text.length : printedEnd(text, start + list);
  }
  if (text[start] === '[') return listEnd(text, start);
  return start + (ELEMENT.exec(text.slice(start))?.[0].length ?? 0);
}

const NUMBER = /(?<![\w.#])[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?(?!\w)/g;
const FRACTION = /[.eE]/;

/** Words that sizes follow, with what may stand between. */
const SIZE_BEFORE =
  /\b(?:shapes?|ranks?|(?:min_|max_)?ndim|dims?|dimensions?|axis|axes|sizes?|product|batch)\b(?:[\s\d,.*?[\](){}:=`'"/-]|\b(?:of|is|to|with|but|got|and|the|must|be|expected|for|than|tensor|found|not|match|at|least|received|an?|input|i|e|as|same|rest)\b)*$/i;
const SIZE_AFTER =
  /^-?d?\s*(?:examples?|dimensions?|elements?|arguments?|inputs?|outputs?|tensors?|targets?)\b/i;
/** As far as a size may be from its word. */
const CONTEXT_LENGTH = 120;

/** True for numbers that speak of forms. */
function isSize(number: string, before: string, after: string): boolean {
  if (FRACTION.test(number)) return false;
  return SIZE_AFTER.test(after) || SIZE_BEFORE.test(before.slice(-CONTEXT_LENGTH));
}

/** `text` without the tensors printed in it. */
export function withoutTensors(text: string): string {
  let [clean, from] = ['', 0];
  for (const { index, 0: word } of text.matchAll(PRINTED)) {
    if (index < from) continue;
    clean += `${text.slice(from, index)}a tensor`;
    from = printedEnd(text, index + word.length);
  }
  return clean + text.slice(from);
}

/** `text` without printed tensors and without numbers, except those of shapes, ranks, axes and counts. */
export function withoutValues(text: string): string {
  const clean = withoutTensors(text);
  return clean.replace(NUMBER, (number: string, offset: number) => {
    const isKept = isSize(number, clean.slice(0, offset), clean.slice(offset + number.length));
    return isKept ? number : '#';
  });
}

/** What an error says, without values. */
export function reasonOf(error: unknown): string {
  if (error instanceof TributaryError) return error.message;
  return withoutValues(error instanceof Error ? error.message : String(error));
}

function stackFrames({ stack = '' }: Error): string[] {
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}

/**
 * An error to keep as a cause: `error` itself if `clean` finds nothing in its messages to take away,
 * else a copy of the same class with name, stack and causes, and nothing else.
 */
export function cleanCause(
  error: unknown,
  clean: (text: string) => string = withoutValues,
): unknown {
  if (error instanceof TributaryError || error === undefined) return error;
  if (!(error instanceof Error)) return typeof error === 'string' ? clean(error) : error;
  const message = clean(error.message);
  const cause = cleanCause(error.cause, clean);
  if (message === error.message && cause === error.cause) return error;
  const { name } = error;
  const stack = [`${name}: ${message}`, ...stackFrames(error)].join('\n');
  const own = { name, message, stack, ...(cause === undefined ? {} : { cause }) };
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error;
  for (const [key, value] of Object.entries(own))
    Object.defineProperty(copy, key, { value, writable: true, configurable: true });
  return copy;
}
