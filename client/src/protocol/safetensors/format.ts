/** Terms of the safetensors format, and the arithmetic both directions share. */
import { ObjectInvalidError } from '../errors.ts';
import { TENSOR_NAME_BYTES_MAX, TENSOR_RANK_MAX } from '../limits.ts';
import { isWellFormed, quote } from '../strict-json.ts';

/** Element types read and written; all little-endian, integers in two's complement. */
export type Dtype =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'U16'
  | 'I16'
  | 'F16'
  | 'BF16'
  | 'U32'
  | 'I32'
  | 'F32'
  | 'U64'
  | 'I64'
  | 'F64';

const ELEMENT_BYTES: ReadonlyMap<string, number> = new Map<Dtype, number>([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
]);

/** Name of the header's member that is no tensor. */
export const METADATA_NAME = '__metadata__';

/** Bytes before the header: its length, an unsigned 64-bit integer. */
export const LENGTH_BYTES = 8;

/** A tensor without its data. */
export interface TensorDescription {
  readonly name: string;
  readonly dtype: Dtype;
  /** Dimensions, slowest first; empty for a scalar. */
  readonly shape: readonly number[];
}

/** A tensor to write. */
export interface TensorData extends TensorDescription {
  /** Elements in row-major order, little-endian. */
  readonly data: Uint8Array;
}

/** A tensor as a header describes it. */
export interface TensorEntry extends TensorDescription {
  /** First byte within the data section. */
  readonly begin: number;
  /** Past the last byte, within the data section. */
  readonly end: number;
}

/** What a file says of itself before its data. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of their data; empty tensors at one offset stay in the header's order. */
  readonly tensors: readonly TensorEntry[];
  /** Where the data section begins in the file. */
  readonly dataOffset: number;
}

/** What can be encoded. */
export interface SafetensorsContent<T extends TensorDescription> {
  readonly tensors: readonly T[];
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** True for the dtypes of {@link Dtype}. */
export function isDtype(text: string): text is Dtype {
  return ELEMENT_BYTES.has(text);
}

/** Bytes of one element. */
function elementBytes(dtype: Dtype): number {
  const bytes = ELEMENT_BYTES.get(dtype);
  if (bytes !== undefined) return bytes;
  throw new ObjectInvalidError(
    `Tensor dtype ${quote(String(dtype))} is unknown; use one of ${[...ELEMENT_BYTES.keys()].join(' ')}`,
    { code: 'unknown-dtype' },
  );
}

/**
 * Bytes of a tensor: the product of its dimensions times the element's bytes; 1 element for a scalar.
 *
 * @throws {@link ObjectInvalidError} `unknown-dtype`, `bad-shape` (above 8 dimensions, or one that is no
 * integer from 0 to 2^53 − 1), `size-overflow` (a product above 2^53 − 1 on the way, zeros after it or not).
 */
export function tensorBytes({ name, dtype, shape }: TensorDescription): number {
  if (shape.length > TENSOR_RANK_MAX || !shape.every(isDimension)) {
    throw new ObjectInvalidError(
      `Tensor ${quote(name)} has a shape that can't be read; use at most ${TENSOR_RANK_MAX} integers from 0 to 2^53 − 1`,
      { code: 'bad-shape' },
    );
  }
  let bytes = elementBytes(dtype);
  for (const size of shape) {
    bytes *= size;
    if (bytes > Number.MAX_SAFE_INTEGER) throw tooManyBytes(name);
  }
  return bytes;
}

/**
 * Refuses names a header can't carry.
 *
 * @throws {@link ObjectInvalidError} `bad-name`.
 */
export function checkTensorName(name: string): void {
  const isShort =
    name.length <= TENSOR_NAME_BYTES_MAX &&
    new TextEncoder().encode(name).length <= TENSOR_NAME_BYTES_MAX;
  if (isShort && name !== METADATA_NAME && isWellFormed(name)) return;
  throw new ObjectInvalidError(
    `Tensor name ${quote(name)} can't be stored; use at most ${TENSOR_NAME_BYTES_MAX} bytes of well-formed text other than ${METADATA_NAME}`,
    { code: 'bad-name' },
  );
}

function isDimension(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function tooManyBytes(name: string): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} has more than 2^53 − 1 bytes by its shape; split it`,
    { code: 'size-overflow' },
  );
}
