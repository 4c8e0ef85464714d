/** Kernels on sparse tensors: their shapes are values. */
import { TENSOR_ELEMENTS_MAX } from '../../../protocol/limits.ts';
import { refuse } from '../../shapes/refuse.ts';
import { elementsOf } from '../../shapes/spec.ts';
import { areWithin } from './indices.ts';
import type { TensorValues, ValueCheck, ValuedInput } from './kernel-values.ts';

function checkSizes(kernel: string, sizes: TensorValues, min: number): void {
  if (sizes.some((size) => !(size >= min))) {
    refuse('values-invalid', `${kernel} got a negative size; give sizes from 0`);
  }
  // A product above this could not be told from its neighbours.
  if (!Number.isSafeInteger(elementsOf([...sizes]))) {
    refuse('tensor-too-large', `${kernel} got a shape with too many elements to count`);
  }
}

function checkIndices(kernel: string, { values, shape }: ValuedInput, sizes: TensorValues): void {
  const depth = shape[1] ?? 0;
  if (depth !== sizes.length) {
    refuse(
      'argument-invalid',
      `${kernel} got indices of ${depth} dimensions and a shape of ${sizes.length}`,
    );
  }
  if (!areWithin(values, [...sizes])) {
    refuse('values-invalid', `${kernel} got an index outside of the shape it got`);
  }
}

const fillEmptyRows: ValueCheck = (input) => {
  const sizes = input('denseShape').values;
  checkSizes('SparseFillEmptyRows', sizes, 0);
  checkIndices('SparseFillEmptyRows', input('indices'), sizes);
  if ((sizes[0] ?? 0) > TENSOR_ELEMENTS_MAX / 4) {
    refuse('tensor-too-large', `SparseFillEmptyRows got above ${TENSOR_ELEMENTS_MAX / 4} rows`);
  }
};

const reshape: ValueCheck = (input) => {
  const from = input('inputShape').values;
  const to = input('newShape').values;
  checkSizes('SparseReshape', from, 0);
  checkSizes('SparseReshape', to, -1);
  checkIndices('SparseReshape', input('inputIndices'), from);
};

const segment: ValueCheck = (input) => {
  const { shape } = input('data');
  const segmentIds = input('segmentIds').values;
  if (!areWithin(input('indices').values, shape.slice(0, 1))) {
    refuse('values-invalid', `SparseSegment got an index outside of the ${shape[0]} rows`);
  }
  let last = 0;
  for (const id of segmentIds) {
    if (!(id >= last))
      refuse('values-invalid', 'SparseSegment got segments that are not in order from 0');
    last = id;
  }
  if (!((last + 1) * elementsOf(shape.slice(1)) <= TENSOR_ELEMENTS_MAX)) {
    refuse('tensor-too-large', `SparseSegment would make above ${TENSOR_ELEMENTS_MAX} elements`);
  }
};

const broadcastArgs: ValueCheck = (input) => {
  checkSizes('BroadcastArgs', input('s0').values, 0);
  checkSizes('BroadcastArgs', input('s1').values, 0);
};

/** Checks by kernel. */
export const SPARSE_CHECKS: Readonly<Record<string, ValueCheck>> = {
  BroadcastArgs: broadcastArgs,
  SparseFillEmptyRows: fillEmptyRows,
  SparseReshape: reshape,
  SparseSegmentMean: segment,
  SparseSegmentSum: segment,
};
