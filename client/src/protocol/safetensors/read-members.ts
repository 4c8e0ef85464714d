/** The header's JSON: metadata and one entry for each tensor, each checked by itself. */
import { ObjectInvalidError } from '../errors.ts';
import { TENSOR_COUNT_MAX, TENSOR_RANK_MAX } from '../limits.ts';
import { type JsonCursor, quote } from '../strict-json.ts';
import {
  checkTensorName,
  type Dtype,
  isDtype,
  METADATA_NAME,
  type TensorEntry,
  tensorBytes,
} from './format.ts';

/** What the header's object holds. */
export interface HeaderMembers {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the header's order. */
  readonly tensors: readonly TensorEntry[];
}

/**
 * Reads the header's object, stopping at the first fault.
 *
 * @throws {@link ObjectInvalidError} with the code of that fault.
 */
export function readMembers(cursor: JsonCursor): HeaderMembers {
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: TensorEntry[] = [];
  const isObject = cursor.readObject((name) => {
    if (name === METADATA_NAME) {
      metadata = readMetadata(cursor);
      return;
    }
    if (tensors.length === TENSOR_COUNT_MAX) {
      throw new ObjectInvalidError(
        `Header has more than ${TENSOR_COUNT_MAX} tensors, the most that are read (other readers take more); split the file`,
        { code: 'too-many-tensors' },
      );
    }
    tensors.push(readEntry(cursor, name));
  });
  if (!isObject)
    throw new ObjectInvalidError('Safetensors header is empty; write one JSON object', {
      code: 'header-not-json',
    });
  return { metadata, tensors };
}

function readMetadata(cursor: JsonCursor): Readonly<Record<string, string>> {
  // Some writers have an empty optional here; the reference implementation reads it as no metadata.
  if (cursor.readNull()) return {};
  const members: [string, string][] = [];
  const isObject = cursor.readObject((key) => {
    const value = cursor.readString();
    if (value === undefined)
      throw new ObjectInvalidError(
        `Metadata ${quote(key)} is not a string, expected strings only; quote it`,
        {
          code: 'bad-metadata',
        },
      );
    members.push([key, value]);
  });
  if (!isObject)
    throw new ObjectInvalidError(
      'Metadata is not an object, expected one of strings, or null; write one or leave it out',
      {
        code: 'bad-metadata',
      },
    );
  // fromEntries defines own members, so that a key like __proto__ is a key like any other.
  return Object.fromEntries(members);
}

function readEntry(cursor: JsonCursor, name: string): TensorEntry {
  checkTensorName(name);
  const fields: { dtype?: string | undefined; shape?: Integers; offsets?: Integers } = {};
  const isObject = cursor.readObject((field) => {
    if (field === 'dtype') fields.dtype = cursor.readString();
    else if (field === 'shape') fields.shape = readIntegers(cursor, TENSOR_RANK_MAX);
    else if (field === 'data_offsets') fields.offsets = readIntegers(cursor, 2);
    else cursor.skipValue();
  });
  if (!isObject)
    throw new ObjectInvalidError(
      `Tensor ${quote(name)} is not described by an object; write one with dtype, shape and data_offsets (stricter than other readers, some of which take lists)`,
      { code: 'bad-entry' },
    );
  const shape = checkShape(name, fields.shape);
  const dtype = checkDtype(name, fields.dtype);
  const { begin, end } = checkOffsets(name, fields.offsets);
  checkSize({ name, dtype, shape, begin, end });
  return { name, dtype, shape, begin, end };
}

/** `undefined` stands for anything but a list of at most so many integers. */
type Integers = readonly number[] | undefined;

function readIntegers(cursor: JsonCursor, countMax: number): Integers {
  const integers: number[] = [];
  let areIntegers = true;
  const isArray = cursor.readArray(() => {
    const integer = cursor.readInteger();
    if (integer === undefined || integers.length === countMax) areIntegers = false;
    else integers.push(integer);
  });
  return isArray && areIntegers ? integers : undefined;
}

function checkShape(name: string, shape: Integers): readonly number[] {
  if (shape !== undefined) return shape;
  throw new ObjectInvalidError(
    `Tensor ${quote(name)} has a shape that can't be read; use at most ${TENSOR_RANK_MAX} integers from 0 to 2^53 − 1 (other readers take more dimensions and larger ones)`,
    { code: 'bad-shape' },
  );
}

function checkDtype(name: string, dtype: string | undefined): Dtype {
  if (dtype !== undefined && isDtype(dtype)) return dtype;
  const message =
    dtype === undefined
      ? `Tensor ${quote(name)} has no dtype that is text (some readers take it as an object); write "F32"`
      : `Tensor ${quote(name)} has dtype ${quote(dtype)}, which is unknown; convert it to F32`;
  throw new ObjectInvalidError(message, { code: 'unknown-dtype' });
}

function checkOffsets(name: string, offsets: Integers): { begin: number; end: number } {
  const [begin, end] = offsets ?? [];
  if (begin !== undefined && end !== undefined && begin <= end) return { begin, end };
  throw new ObjectInvalidError(
    `Tensor ${quote(name)} has no data_offsets of two integers, the second not below the first; write the bytes' begin and end`,
    { code: 'bad-offsets' },
  );
}

function checkSize(entry: TensorEntry): void {
  const expected = tensorBytes(entry);
  if (entry.end - entry.begin === expected) return;
  throw new ObjectInvalidError(
    `Tensor ${quote(entry.name)} has ${entry.end - entry.begin} bytes, its dtype and shape make ${expected}; correct the shape`,
    { code: 'size-mismatch' },
  );
}
