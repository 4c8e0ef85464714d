/** Weights and deltas as programs hold them: float32 tensors by name. */
import { ObjectInvalidError } from '../errors.ts';
import { float32FromLittleEndian, littleEndianBytes } from '../little-endian.ts';
import type { TensorRole } from '../objects/plan.ts';
import { decodeSafetensors } from '../safetensors/decode.ts';
import { encodeSafetensors } from '../safetensors/encode.ts';
import { type TensorData, tensorBytes } from '../safetensors/format.ts';
import { quote } from '../strict-json.ts';
import { noTensor, wrongArray, wrongDtype } from './tensor-faults.ts';

/** One float32 tensor. */
export interface NamedTensor {
  readonly dtype: 'F32';
  /** Dimensions, slowest first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Row-major, as many elements as `shape` says. */
  readonly data: Float32Array;
  /** What rounds do with it, where that is known: `weightsOf(model)` tells it and `createModel` reads it. */
  readonly role?: TensorRole | undefined;
}

/** float32 tensors by name, in the order their names were set. */
export type NamedTensors = Readonly<Record<string, NamedTensor>>;

/**
 * Encodes tensors as one safetensors file, in the record's order. Inverse of {@link decodeWeights}.
 *
 * @throws {@link ObjectInvalidError} `wrong-dtype` naming tensor and dtype, or as `encodeSafetensors`.
 */
export function encodeWeights(
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).map(([name, tensor]) => tensorData(name, tensor));
  return encodeSafetensors({ tensors: entries, metadata });
}

/**
 * Decodes a safetensors file of float32 tensors from any writer; the data is copied.
 *
 * @throws {@link ObjectInvalidError} `wrong-dtype` naming tensor and dtype, or as `decodeSafetensors`.
 */
export function decodeWeights(file: Uint8Array): NamedTensors {
  const { tensors } = decodeSafetensors(file);
  // fromEntries defines own members, so that a name like __proto__ is a name like any other.
  return Object.fromEntries(
    tensors.map(({ name, dtype, shape, data }) => {
      if (dtype !== 'F32') throw wrongDtype(name, { dtype });
      return [name, { dtype, shape, data: float32FromLittleEndian(data) }];
    }),
  );
}

/**
 * Checks one tensor, which may come from untyped code, and gives it the form to write.
 *
 * @throws {@link ObjectInvalidError} `bad-entry` for anything but a tensor, `wrong-dtype` unless it is F32
 * with a Float32Array, `bad-shape`, `size-overflow`, `size-mismatch`.
 */
export function tensorData(name: string, tensor: NamedTensor): TensorData {
  if (!isTensor(tensor)) throw noTensor(name, tensor);
  const { dtype, shape, data } = tensor;
  if (dtype !== 'F32') throw wrongDtype(name, tensor);
  if (!(data instanceof Float32Array)) throw wrongArray(name, data);
  const expected = tensorBytes({ name, dtype, shape });
  if (data.byteLength !== expected) {
    throw new ObjectInvalidError(
      `Tensor ${quote(name)} has ${data.length} elements, its shape [${shape.join(', ')}] makes ${expected / 4}; correct the shape`,
      { code: 'size-mismatch' },
    );
  }
  return { name, dtype, shape, data: littleEndianBytes(data) };
}

/** Tensors of TensorFlow.js have no elements at hand, so they are none here. */
function isTensor(value: Partial<NamedTensor> | null | undefined): boolean {
  const { dtype, shape, data } = value ?? {};
  const isFilled = ArrayBuffer.isView(data) || Array.isArray(data);
  return typeof dtype === 'string' && Array.isArray(shape) && isFilled;
}
