/** What exact arithmetic gives for integers and truth values: tfjs's own operation on the same as float32. */
import * as tf from '@tensorflow/tfjs';
import { callPlain, flatten } from './requests.ts';

export type NumberDtype = 'int32' | 'bool' | 'float32';

/** Applies a function to every tensor within arguments. */
export function mapTensors(value: unknown, change: (tensor: tf.Tensor) => tf.Tensor): unknown {
  if (value instanceof tf.Tensor) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapTensors(item, change)]),
  );
}

/** Small integers or truth values in place of floating point numbers; other tensors as they are. */
export function asDtype(tensor: tf.Tensor, dtype: NumberDtype): tf.Tensor {
  if (tensor.dtype !== 'float32' || dtype === 'float32') return tensor;
  const values = Array.from(tensor.dataSync(), (value) =>
    dtype === 'bool' ? Number(value > 0) : Math.max(-9, Math.min(9, Math.trunc(value) || 0)),
  );
  return tf.tensor(values, tensor.shape, dtype);
}

function toFloat(tensor: tf.Tensor): tf.Tensor {
  return tensor.dtype === 'complex64' ? tensor : tf.cast(tensor, 'float32');
}

/** The results on float32, or on the given dtypes where the operation demands them; `undefined` when tfjs refuses both. */
export async function exactTwin(
  op: string,
  given: readonly unknown[],
): Promise<tf.Tensor[] | undefined> {
  const withFloats = given.map((argument) =>
    argument === 'int32' || argument === 'bool' ? 'float32' : argument,
  );
  for (const attempt of [mapTensors(withFloats, toFloat) as unknown[], given]) {
    try {
      return flatten(op, await callPlain(op, attempt));
    } catch {
      // The next one.
    }
  }
  return undefined;
}

/** Operations on integers that are defined otherwise than on fractions, and what they make of the exact result. */
const DEFINED: Readonly<Record<string, (exact: number) => number>> = {
  cast: Math.trunc,
  div: (exact) => (Number.isFinite(exact) ? Math.floor(exact) : 0),
  divNoNan: Math.floor,
  'image.rgbToGrayscale': Math.trunc,
  // The remainder of a division by 0.
  mod: (exact) => (Number.isNaN(exact) ? 0 : exact),
};

/** Operations whose result is cast to the dtype: everything but 0 is true. */
const CASTING: ReadonlySet<string> = new Set(['cast', 'image.rgbToGrayscale']);

/** What a tensor of this dtype holds for an exact result; `undefined` for what it can't hold. */
export function heldBy(op: string, dtype: string, exact: number): number | undefined {
  if (dtype === 'bool' && CASTING.has(op)) return Number(exact !== 0);
  const defined = DEFINED[op]?.(exact) ?? exact;
  if (!Number.isInteger(defined) || Math.abs(defined) > 2 ** 31) return undefined;
  // Integers have one zero.
  return dtype === 'bool' ? Number(defined !== 0) : defined + 0;
}
