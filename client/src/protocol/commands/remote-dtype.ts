import * as z from 'zod';
import { REMOTE_RANK_MAX, TENSOR_ELEMENTS_MAX } from '../limits.ts';

/** Element types of workers' tensors, as TensorFlow.js names them. */
export type RemoteDtype = 'float32' | 'int32' | 'bool' | 'complex64';

/** Bytes of one element: little-endian; bool is 0 or 1; complex64 is two float32, real and imaginary. */
export const REMOTE_ELEMENT_BYTES: Readonly<Record<RemoteDtype, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
};

/** Form of a worker's tensor. */
export interface RemoteForm {
  readonly dtype: RemoteDtype;
  /** Dimensions, slowest first; empty for a scalar. */
  readonly shape: readonly number[];
}

/** Reads an element type. */
export const remoteDtypeField: z.ZodType<RemoteDtype> = z.enum([
  'float32',
  'int32',
  'bool',
  'complex64',
]);

/** Reads a shape within the bounds of workers. */
export const remoteShapeField: z.ZodType<readonly number[]> = z
  .array(z.int().min(0).max(TENSOR_ELEMENTS_MAX))
  .max(REMOTE_RANK_MAX)
  .refine(
    (shape) => elementCount(shape) <= TENSOR_ELEMENTS_MAX,
    `expected at most ${TENSOR_ELEMENTS_MAX} elements`,
  );

/** Product of the dimensions; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Bytes of a tensor's elements. */
export function remoteBytes({ dtype, shape }: RemoteForm): number {
  return elementCount(shape) * REMOTE_ELEMENT_BYTES[dtype];
}
