/** Metadata that says what a file is, so that no file is ever read as another. */
import { ObjectInvalidError } from '../errors.ts';
import { quote } from '../strict-json.ts';

/** A safetensors file's metadata. */
export type Metadata = Readonly<Record<string, string>>;

/** One metadata key and what it has to say. */
export interface Expected {
  readonly key: string;
  readonly value: string;
  /** Code of the error when it differs. */
  readonly code: string;
  /** What to do then; ends the message. */
  readonly advice: string;
  /** What to do when the key is missing. @default advice */
  readonly adviceIfMissing?: string | undefined;
}

/**
 * Checks metadata keys in the order given; other keys are left alone.
 *
 * @throws {@link ObjectInvalidError} the first differing key's code.
 */
export function checkIdentity(metadata: Metadata, expected: readonly Expected[]): void {
  for (const { key, value, code, advice, adviceIfMissing = advice } of expected) {
    const found = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (found === value) continue;
    const got = found === undefined ? 'is missing' : `is ${quote(found)}`;
    const remedy = found === undefined ? adviceIfMissing : advice;
    throw new ObjectInvalidError(`Metadata ${key} ${got}, expected ${quote(value)}; ${remedy}`, {
      code,
      detail: { expected: value, got: found ?? 'nothing' },
    });
  }
}
