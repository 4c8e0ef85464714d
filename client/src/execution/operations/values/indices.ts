/** Kernels whose indices must be within the tensor that they name elements of. */
import { refuse } from '../../shapes/refuse.ts';
import type { TensorValues, ValueCheck } from './kernel-values.ts';

/** True if rows of indices, one for each dimension of a shape, are all within it. */
export function areWithin(rows: TensorValues, shape: readonly number[]): boolean {
  return rows.every((index, i) => index >= 0 && index < (shape[i % shape.length] ?? 0));
}

function checkWithin(kernel: string, rows: TensorValues, shape: readonly number[]): void {
  if (areWithin(rows, shape)) return;
  refuse('values-invalid', `${kernel} got an index outside of shape [${shape}]`);
}

const gather: ValueCheck = (input, { axis }) => {
  const { shape } = input('x');
  const at = Number(axis) < 0 ? Number(axis) + shape.length : Number(axis);
  checkWithin('GatherV2', input('indices').values, shape.slice(at, at + 1));
};

const gatherNd: ValueCheck = (input) => {
  const indices = input('indices');
  checkWithin('GatherNd', indices.values, input('params').shape.slice(0, indices.shape.at(-1)));
};

const scatterNd: ValueCheck = (input, { shape }) => {
  const indices = input('indices');
  checkWithin('ScatterNd', indices.values, (shape as number[]).slice(0, indices.shape.at(-1)));
};

const scatterUpdate: ValueCheck = (input) => {
  const indices = input('indices');
  const { shape } = input('tensor');
  checkWithin('TensorScatterUpdate', indices.values, shape.slice(0, indices.shape.at(-1)));
};

const sparseToDense: ValueCheck = (input, { outputShape }) => {
  checkWithin('SparseToDense', input('sparseIndices').values, outputShape as number[]);
};

const cropAndResize: ValueCheck = (input) => {
  checkWithin('CropAndResize', input('boxInd').values, input('image').shape.slice(0, 1));
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
