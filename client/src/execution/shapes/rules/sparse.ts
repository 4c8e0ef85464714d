/** Kernels on sparse tensors, which are indices, values and a shape. */
import { inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelRule } from '../spec.ts';

const fillEmptyRows: KernelRule = (call) => {
  const values = inputOf(call, 'values');
  const { shape } = inputOf(call, 'indices');
  if (shape[0] !== values.shape[0]) {
    refuse(
      'argument-invalid',
      `SparseFillEmptyRows got indices [${shape}] of values [${values.shape}]; give a row for each`,
    );
  }
  return {
    outputs: [
      { shape: null, dtype: 'int32' },
      { shape: null, dtype: values.dtype },
      { shape: null, dtype: 'bool' },
      { shape: values.shape, dtype: 'int32' },
    ],
    work: 4 * elementsOf(shape),
  };
};

const reshape: KernelRule = (call) => {
  const [count = 0] = inputOf(call, 'inputIndices').shape;
  const [rank = 0] = inputOf(call, 'newShape').shape;
  return {
    outputs: [
      { shape: [count, rank], dtype: 'int32' },
      { shape: [rank], dtype: 'int32' },
    ],
  };
};

const segment: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'data');
  const [count = 0] = inputOf(call, 'indices').shape;
  return { outputs: [{ shape: null, dtype }], work: count * elementsOf(shape.slice(1)) };
};

/** Rules by kernel. */
export const SPARSE: Readonly<Record<string, KernelRule>> = {
  SparseFillEmptyRows: fillEmptyRows,
  SparseReshape: reshape,
  SparseSegmentMean: segment,
  SparseSegmentSum: segment,
};
