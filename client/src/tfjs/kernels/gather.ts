/**
 * Gathering whole rows, as shuffled batches and embeddings do. The wasm backend looks every element
 * up on its own, which took a quarter of the time of training a small network; rows can be copied.
 */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';

interface GatherAttrs {
  readonly axis: number;
  readonly batchDims: number;
}

function gatherRows(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const backend = tf.backend() as BackendWasm;
  const [rowCount = 0, ...rowShape] = x.shape;
  const rowSize = rowShape.reduce((product, size) => product * size, 1);
  const picked = indices.dataSync();
  const info = backend.makeOutput([...indices.shape, ...rowShape], x.dtype);
  const result = tf.engine().makeTensorFromTensorInfo(info);
  // Views are taken after the allocation, which may have moved the heap.
  const source = backend.typedArrayFromHeap(x);
  const target = backend.typedArrayFromHeap(info);
  for (const [i, row] of picked.entries()) {
    if (row < 0 || row >= rowCount)
      throw new Error(`Row ${row} can't be gathered, expected 0 … ${rowCount - 1}`);
    target.set(source.subarray(row * rowSize, (row + 1) * rowSize), i * rowSize);
  }
  return result;
}

/** `gather`; other axes than the first, and batched gathering, stay with the native kernel. */
export const gather: ComposedKernel = {
  kernelName: tf.GatherV2,
  compose: (call: KernelCall<GatherAttrs>, native) => {
    const x = inputOf(call, 'x');
    const { axis, batchDims } = call.attrs;
    const isByRow = axis === 0 && batchDims === 0 && x.dtype !== 'string';
    return isByRow
      ? gatherRows(x, inputOf(call, 'indices'))
      : native({ ...call.inputs }, call.attrs);
  },
};
