/** The adjoint of gathering rows, which embeddings train with and the wasm backend lacks. */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';

/** Sums rows of `x` by segment; rows of a negative segment are dropped. */
export const unsortedSegmentSum: ComposedKernel = {
  kernelName: tf.UnsortedSegmentSum,
  compose: (call: KernelCall<{ readonly numSegments: number }>) => {
    const x = inputOf(call, 'x');
    const ids = inputOf(call, 'segmentIds');
    const { numSegments } = call.attrs;
    const rowShape = x.shape.slice(ids.rank);
    const rowSize = rowShape.reduce((product, size) => product * size, 1);
    const rows = tf.reshape(x, [ids.size, rowSize]);
    const spare = tf.fill(ids.shape, numSegments, 'int32');
    const targets = tf.reshape(tf.where(tf.less(ids, 0), spare, ids), [ids.size, 1]);
    const sums = tf.scatterND(targets, rows, [numSegments + 1, rowSize]) as tf.Tensor2D;
    return tf.reshape(tf.slice(sums, [0, 0], [numSegments, rowSize]), [numSegments, ...rowShape]);
  },
};
