/** Kernels that read or write elements which indices name. */
import type { DataType } from '@tensorflow/tfjs';
import { axisOf, inputOf, integerOf, integersOf } from '../arguments.ts';
import { checkHeld } from '../held-numbers.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelRule, type TensorSpec } from '../spec.ts';

const gather: KernelRule = (call) => {
  const { tf } = call;
  const [x, indices] = [inputOf(call, 'x'), inputOf(call, 'indices')];
  const axis = axisOf(call, 'axis', x.shape.length);
  const rank = indices.shape.length;
  const asked = call.attrs['batchDims'];
  const batchDims =
    asked === null || asked === undefined
      ? 0
      : integerOf(call, 'batchDims', { min: -rank, max: rank });
  const { outputShape } = tf.backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    axis,
    batchDims,
  );
  return { outputs: [{ shape: outputShape, dtype: x.dtype }] };
};

const gatherNd: KernelRule = (call) => {
  const [params, indices] = [inputOf(call, 'params'), inputOf(call, 'indices')];
  const [shape] = call.tf.gather_util.prepareAndValidate(params as never, indices as never);
  return { outputs: [{ shape, dtype: params.dtype }] };
};

/** Checks that slices of the updates fit where indices put them. */
function checkScatter(
  { tf, kernel }: KernelCall,
  parts: Record<'indices' | 'updates', TensorSpec>,
  shape: readonly number[],
): void {
  const { indices, updates } = parts;
  const depth = indices.shape.at(-1) ?? 1;
  if (indices.dtype !== 'int32' || depth < 1 || depth > shape.length) {
    refuse(
      'argument-invalid',
      `${kernel} got indices of ${indices.dtype} [${indices.shape}] into [${shape}]`,
    );
  }
  tf.scatter_util.validateUpdateShape([...shape], indices as never, updates as never);
}

const scatterNd: KernelRule = (call) => {
  const [indices, updates] = [inputOf(call, 'indices'), inputOf(call, 'updates')];
  const shape = integersOf(call, 'shape', { min: 0 });
  checkScatter(call, { indices, updates }, shape);
  return { outputs: [{ shape, dtype: updates.dtype }] };
};

const scatterUpdate: KernelRule = (call) => {
  const tensor = inputOf(call, 'tensor');
  const [indices, updates] = [inputOf(call, 'indices'), inputOf(call, 'updates')];
  checkScatter(call, { indices, updates }, tensor.shape);
  if (tensor.dtype !== updates.dtype) {
    refuse(
      'dtype-unsupported',
      `TensorScatterUpdate got ${tensor.dtype} and ${updates.dtype}; cast one`,
    );
  }
  return { outputs: [tensor] };
};

const sparseToDense: KernelRule = (call) => {
  const [indices, values] = [inputOf(call, 'sparseIndices'), inputOf(call, 'sparseValues')];
  const shape = integersOf(call, 'outputShape', { min: 0 });
  const depth = indices.shape.length > 1 ? (indices.shape.at(-1) ?? 1) : 1;
  if (depth !== shape.length || indices.dtype !== 'int32') {
    refuse(
      'argument-invalid',
      `SparseToDense got indices of ${indices.dtype} [${indices.shape}] into [${shape}]`,
    );
  }
  return { outputs: [{ shape, dtype: values.dtype }] };
};

const oneHot: KernelRule = (call) => {
  const { shape } = inputOf(call, 'indices');
  const depth = integerOf(call, 'depth', { min: 1 });
  const dtype = (call.attrs['dtype'] ?? 'int32') as DataType;
  for (const name of ['onValue', 'offValue']) {
    checkHeld(call, { name, value: call.attrs[name], dtype });
  }
  return { outputs: [{ shape: [...shape, depth], dtype }] };
};

const searchSorted: KernelRule = (call) => {
  const { shape } = inputOf(call, 'values');
  const sorted = inputOf(call, 'sortedSequence').shape.at(-1) ?? 1;
  return {
    outputs: [{ shape, dtype: 'int32' }],
    work: elementsOf(shape) * (Math.log2(sorted + 1) + 1),
  };
};

const topK: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const last = shape.at(-1) ?? 0;
  const k = integerOf(call, 'k', { min: 0, max: last });
  const outShape = [...shape.slice(0, -1), k];
  return {
    outputs: [
      { shape: outShape, dtype },
      { shape: outShape, dtype: 'int32' },
    ],
    work: elementsOf(shape) * (Math.log2(last + 1) + 1),
    // An object for each element of one row.
    scratchElements: 2 * elementsOf(shape) + 12 * last,
  };
};

const unique: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  const slices = shape[axisOf(call, 'axis', shape.length)] ?? 0;
  const elements = elementsOf(shape);
  const outputs = [
    { shape: null, dtype },
    { shape: [slices], dtype: 'int32' as const },
  ];
  // One text per slice, in a map, tells the slices apart.
  return { outputs, work: 8 * elements, scratchElements: 4 * elements + 32 * slices };
};

const segmentSum: KernelRule = (call) => {
  const { shape } = inputOf(call, 'x');
  const segmentIds = inputOf(call, 'segmentIds');
  const segments = integerOf(call, 'numSegments', { min: 1 });
  if (shape.length === 0 || segmentIds.shape.length !== 1 || segmentIds.shape[0] !== shape[0]) {
    refuse(
      'argument-invalid',
      `UnsortedSegmentSum of [${shape}] got segments for [${segmentIds.shape}]; give one a row`,
    );
  }
  // The kernel goes through everything once a segment, and keeps it.
  const passes = segments * elementsOf(shape);
  const outputs = [{ shape: [segments, ...shape.slice(1)], dtype: 'float32' as const }];
  return { outputs, work: 4 * passes, scratchElements: 2 * passes };
};

const bincount: KernelRule = (call) => {
  const [x, weights] = [inputOf(call, 'x'), inputOf(call, 'weights')];
  const size = integerOf(call, 'size', { min: 0 });
  if (weights.shape.join() !== x.shape.join() && elementsOf(weights.shape) > 0) {
    refuse(
      'argument-invalid',
      `${call.kernel} of [${x.shape}] got weights for [${weights.shape}]; give one each, or none`,
    );
  }
  const isRows = call.kernel === 'DenseBincount' && x.shape.length === 2;
  const shape = isRows ? [x.shape[0] ?? 0, size] : [size];
  return {
    outputs: [{ shape, dtype: weights.dtype }],
    work: elementsOf(shape) + elementsOf(x.shape),
  };
};

const multinomial: KernelRule = (call) => {
  const [batch = 0, events = 0] = inputOf(call, 'logits').shape;
  const samples = integerOf(call, 'numSamples', { min: 0 });
  const outputs = [{ shape: [batch, samples], dtype: 'int32' as const }];
  return { outputs, work: batch * samples * Math.max(1, events) };
};

/** Rules by kernel. */
export const INDEXING: Readonly<Record<string, KernelRule>> = {
  Bincount: bincount,
  DenseBincount: bincount,
  GatherNd: gatherNd,
  GatherV2: gather,
  Multinomial: multinomial,
  OneHot: oneHot,
  ScatterNd: scatterNd,
  SearchSorted: searchSorted,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: scatterUpdate,
  TopK: topK,
  Unique: unique,
  UnsortedSegmentSum: segmentSum,
};
