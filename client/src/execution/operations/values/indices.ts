/** Kernels whose indices must be within the tensor that they name elements of. */
import { refuse } from '../../shapes/refuse.ts';
import type { TensorValues, ValueCheck } from './kernel-values.ts';

/** Checks that every value is an index of a dimension of this size. */
function checkWithin(kernel: string, values: TensorValues, size: number): void {
  for (const value of values) {
    if (!(value >= 0 && value < size)) {
      refuse('values-invalid', `${kernel} got an index that is not from 0 to ${size - 1}`);
    }
  }
}

/** Checks rows of indices, one index for each of the first dimensions. */
function checkRowsWithin(kernel: string, values: TensorValues, shape: readonly number[]): void {
  const depth = shape.length;
  for (let i = 0; i < values.length; i += 1) {
    const size = shape[i % depth] ?? 0;
    const value = values[i] ?? -1;
    if (!(value >= 0 && value < size)) {
      refuse('values-invalid', `${kernel} got an index outside of shape [${shape}]`);
    }
  }
}

const gather: ValueCheck = (input, { axis }) => {
  const { shape } = input('x');
  const at = Number(axis) < 0 ? Number(axis) + shape.length : Number(axis);
  checkWithin('GatherV2', input('indices').values, shape[at] ?? 0);
};

const gatherNd: ValueCheck = (input) => {
  const indices = input('indices');
  checkRowsWithin('GatherNd', indices.values, input('params').shape.slice(0, indices.shape.at(-1)));
};

const scatterNd: ValueCheck = (input, { shape }) => {
  const indices = input('indices');
  checkRowsWithin('ScatterNd', indices.values, (shape as number[]).slice(0, indices.shape.at(-1)));
};

const scatterUpdate: ValueCheck = (input) => {
  const indices = input('indices');
  const { shape } = input('tensor');
  checkRowsWithin('TensorScatterUpdate', indices.values, shape.slice(0, indices.shape.at(-1)));
};

const sparseToDense: ValueCheck = (input, { outputShape }) => {
  checkRowsWithin('SparseToDense', input('sparseIndices').values, outputShape as number[]);
};

const cropAndResize: ValueCheck = (input) => {
  checkWithin('CropAndResize', input('boxInd').values, input('image').shape[0] ?? 0);
};

const bincount: ValueCheck = (input) => {
  if (input('x').values.some((value) => value < 0)) {
    refuse('values-invalid', 'Bincount got a negative number; count numbers from 0');
  }
};

/** Checks by kernel. */
export const INDEX_CHECKS: Readonly<Record<string, ValueCheck>> = {
  Bincount: bincount,
  CropAndResize: cropAndResize,
  DenseBincount: bincount,
  GatherNd: gatherNd,
  GatherV2: gather,
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: scatterUpdate,
};
