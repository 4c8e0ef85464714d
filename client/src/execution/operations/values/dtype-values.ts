import type { DataType } from '@tensorflow/tfjs';
import type { TensorValues } from './kernel-values.ts';

const ARRAYS: Partial<Record<DataType, Float32ArrayConstructor | Int32ArrayConstructor>> = {
  float32: Float32Array,
  int32: Int32Array,
};

/**
 * Values that a tensor of a dtype can hold: float32; int32, fractions cut off and 2^32 taken away from
 * what is beyond; 0 and 1 for bool, where everything
 * but 0 is true, also what is not a number, as in numpy and in casts.
 *
 * @returns the same array if it holds such values already.
 */
export function valuesOfDtype(values: ArrayLike<number>, dtype: DataType): TensorValues {
  if (dtype === 'bool') {
    const isTruth = values instanceof Uint8Array && values.every((value) => value <= 1);
    return isTruth ? values : Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  }
  const ArrayOf = ARRAYS[dtype] ?? Float32Array;
  return values instanceof ArrayOf ? values : ArrayOf.from(values);
}
