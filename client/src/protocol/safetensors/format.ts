/** Terms of the safetensors format, and the arithmetic both directions share. */
import { ObjectInvalidError } from '../errors.ts';
import { TENSOR_NAME_BYTES_MAX, TENSOR_RANK_MAX } from '../limits.ts';
import { isWellFormed, quote } from '../strict-json.ts';

/**
 * Bits of one element, by the names of the reference implementation's element types. Those below a byte
 * are packed, and a tensor of them ends at a whole byte.
 *
 * @see https://github.com/huggingface/safetensors
 */
const ELEMENT_BITS = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  U16: 16,
  I16: 16,
  F16: 16,
  BF16: 16,
  U32: 32,
  I32: 32,
  F32: 32,
  U64: 64,
  I64: 64,
  F64: 64,
  C64: 64,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
} as const;

/** Element types read and written; all little-endian, integers in two's complement. */
export type Dtype = keyof typeof ELEMENT_BITS;

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
  return Object.hasOwn(ELEMENT_BITS, text);
}

/** A part of a byte for the smallest. */
function elementBytes(dtype: Dtype): number {
  if (isDtype(dtype)) return ELEMENT_BITS[dtype] / 8;
  throw new ObjectInvalidError(
    `Tensor dtype ${quote(String(dtype))} is unknown; use one of ${Object.keys(ELEMENT_BITS).join(' ')}`,
    { code: 'unknown-dtype' },
  );
}

/**
 * Bytes of a tensor: the product of its dimensions times the element's bytes; 1 element for a scalar.
 *
 * @throws {@link ObjectInvalidError} `unknown-dtype`, `bad-shape` (above 8 dimensions, or one that is no
 * integer from 0 to 2^53 − 1; elements that end within a byte), `size-overflow` (a product above 2^53 − 1 on the way, zeros after it or not).
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
  if (!Number.isInteger(bytes)) throw partOfByte(name, dtype);
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
    `Tensor name ${quote(name)} can't be stored; use at most ${TENSOR_NAME_BYTES_MAX} bytes of well-formed text other than ${METADATA_NAME} (other readers take longer names)`,
    { code: 'bad-name' },
  );
}

function isDimension(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

function partOfByte(name: string, dtype: Dtype): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} of dtype ${dtype} ends within a byte by its shape; add elements to a whole byte`,
    { code: 'bad-shape' },
  );
}

function tooManyBytes(name: string): ObjectInvalidError {
  return new ObjectInvalidError(
    `Tensor ${quote(name)} has more than 2^53 − 1 bytes by its shape, the most that is read (some readers take more where a dimension is 0); split it`,
    { code: 'size-overflow' },
  );
}
