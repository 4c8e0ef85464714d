/** Tensors from values and back, exactly: what a worker stores is what it computes with. */
import type { Tensor } from '@tensorflow/tfjs';
import type { TensorSpec, Tf } from '../shapes/spec.ts';
import { complexFromValues } from './complex.ts';
import { withSafeBackend } from './safe-backend.ts';
import type { TensorValues } from './values/kernel-values.ts';

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  bool: Uint8Array,
  complex64: Float32Array,
} as const;

/**
 * A tensor's values in the array of its dtype; complex ones alternate, real part first. A copy where
 * the backend holds another kind of array, which the caller doesn't mutate either way.
 */
export function valuesOf(tensor: Tensor): TensorValues {
  const values = tensor.dataSync();
  const ArrayOf = ARRAYS[tensor.dtype as keyof typeof ARRAYS];
  return values instanceof ArrayOf ? values : ArrayOf.from(values);
}

/**
 * A tensor on the safe backend; inverse of {@link valuesOf}. The caller disposes it, and doesn't mutate
 * the values, which it may share.
 *
 * @param values - As many as the shape has elements, twice as many for complex64.
 */
export function tensorFromValues(
  tf: Tf,
  { shape, dtype }: TensorSpec,
  values: TensorValues,
): Tensor {
  return withSafeBackend(tf, () =>
    dtype === 'complex64'
      ? complexFromValues(tf, shape, values)
      : tf.tensor(values, [...shape], dtype),
  );
}
