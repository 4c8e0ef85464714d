/** Sums of truth values, which the cpu backend makes in bytes: 256 of them are 0 again. */
import type { DataType, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { TensorValues } from './kernel-values.ts';

/** Kernels that add up truth values and give truth values. */
const SUMMING: ReadonlySet<string> = new Set([
  'AddN',
  'BatchMatMul',
  'Bincount',
  'Conv3D',
  'DenseBincount',
  'ScatterNd',
  'SparseSegmentMean',
  'SparseSegmentSum',
  '_FusedMatMul',
]);

/** The part of a backend that makes tensors for one kernel. */
export interface TensorMaker {
  readonly data: { get(dataId: object): { values?: ArrayLike<number> } };
  makeTensorInfo(shape: number[], dtype: DataType, values: TensorValues): TensorInfo;
  disposeIntermediateTensorInfo(info: TensorInfo): void;
}

type Inputs = NamedTensorInfoMap;

/**
 * Runs a kernel; one that sums truth values gets them as int32, and its int32 results become bool again.
 *
 * @param run - Computes the kernel on inputs.
 */
export function runSumming(
  backend: TensorMaker,
  { kernel, inputs }: { readonly kernel: string; readonly inputs: Inputs },
  run: (inputs: Inputs) => TensorInfo | TensorInfo[],
): TensorInfo | TensorInfo[] {
  const truths = Object.entries(inputs).filter(
    (entry): entry is [string, TensorInfo] => entry[1]?.dtype === 'bool',
  );
  // With floating point numbers the result is not a count of truth values, and stays as tfjs makes it.
  const isOfNumbers = Object.values(inputs).some((info) => info?.dtype === 'float32');
  if (!SUMMING.has(kernel) || truths.length === 0 || isOfNumbers) return run(inputs);

  // AddN is given a list, which is copied as one.
  const given: Inputs = Object.assign(Array.isArray(inputs) ? [] : {}, inputs);
  const integers = truths.map(([name, info]): [string, TensorInfo] => {
    const values = Int32Array.from(backend.data.get(info.dataId).values ?? []);
    return [name, backend.makeTensorInfo(info.shape, 'int32', values)];
  });
  try {
    const made = run(Object.assign(given, Object.fromEntries(integers)));
    return Array.isArray(made) ? made : asTruths(backend, made);
  } finally {
    for (const [, info] of integers) backend.disposeIntermediateTensorInfo(info);
  }
}

function asTruths(backend: TensorMaker, made: TensorInfo): TensorInfo {
  if (made.dtype !== 'int32') return made;
  const sums = Array.from(backend.data.get(made.dataId).values ?? []);
  const truths = Uint8Array.from(sums, (sum) => (sum === 0 ? 0 : 1));
  const info = backend.makeTensorInfo(made.shape, 'bool', truths);
  backend.disposeIntermediateTensorInfo(made);
  return info;
}
