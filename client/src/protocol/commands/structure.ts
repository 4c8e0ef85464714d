import { CommandError } from '../errors.ts';
import { BATCH_DEPTH_MAX, BATCH_VALUES_MAX } from '../limits.ts';
import { isWellFormed } from '../strict-json.ts';

/**
 * Bounds the nesting and the count of values of something a stranger sent, before anything walks
 * through it recursively.
 *
 * @throws {@link CommandError} `batch-too-deep`, `batch-too-large`, or `batch-invalid` for what no JSON
 * holds and for text with lone surrogates, which has no digest of its own.
 */
export function checkStructure(root: unknown): void {
  let level: unknown[] = [root];
  let count = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > BATCH_DEPTH_MAX) throw tooDeep();
    const next: unknown[] = [];
    for (const value of level) {
      count += 1;
      for (const member of membersOf(value)) next.push(member);
      if (count + next.length > BATCH_VALUES_MAX) throw tooLarge();
    }
    level = next;
  }
}

function membersOf(value: unknown): readonly unknown[] {
  if (typeof value === 'string') {
    if (isWellFormed(value)) return [];
    throw notJson();
  }
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null) {
    if (!Object.keys(value).every(isName)) throw notJson();
    return Object.values(value);
  }
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return [];
  throw notJson();
}

/** Whoever copies members by assignment would set a prototype by this name. */
function isName(name: string): boolean {
  return name !== '__proto__' && isWellFormed(name);
}

function tooDeep(): CommandError {
  return new CommandError(
    `The batch is nested deeper than ${BATCH_DEPTH_MAX} levels; send plans and values of fewer levels`,
    { code: 'batch-too-deep' },
  );
}

function tooLarge(): CommandError {
  return new CommandError(
    `The batch holds more than ${BATCH_VALUES_MAX} values; send it in parts, and tensors as base64`,
    { code: 'batch-too-large' },
  );
}

function notJson(): CommandError {
  return new CommandError(
    'The batch holds a value or text that JSON in UTF-8 does not; send finite numbers and well-formed text',
    { code: 'batch-invalid' },
  );
}
