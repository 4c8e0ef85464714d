/**
 * Gradient of nearest-neighbour resizing. The cpu backend's own one mixes examples up as soon as
 * there are two in a batch.
 */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}

/** For each of `outputSize` positions, the input position that nearest-neighbour resizing copies. */
function nearestSources(
  sizes: { readonly inputSize: number; readonly outputSize: number },
  attrs: ResizeAttrs,
): number[] {
  const { inputSize, outputSize } = sizes;
  const corner = attrs.alignCorners && outputSize > 1 ? 1 : 0;
  // float32, as the forward kernels compute it: a double may round to the neighbour.
  const scale = Math.fround((inputSize - corner) / (outputSize - corner));
  return Array.from({ length: outputSize }, (_, i) => {
    const position = Math.fround(scale * (attrs.halfPixelCenters === true ? i + 0.5 : i));
    const source = attrs.alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(inputSize - 1, source));
  });
}

/** Sums along `axis` whatever positions share a source; the axis gets `inputSize` elements. */
function sumBySource(dy: tf.Tensor, axis: number, sources: number[], inputSize: number): tf.Tensor {
  const last = dy.rank - 1;
  const order = dy.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const moved = tf.transpose(dy, order);
  const rows = tf.reshape(moved, [-1, sources.length]) as tf.Tensor2D;
  const selection = new Float32Array(sources.length * inputSize);
  for (const [i, source] of sources.entries()) selection[i * inputSize + source] = 1;
  const sums = tf.matMul(rows, tf.tensor2d(selection, [sources.length, inputSize]));
  return tf.transpose(tf.reshape(sums, [...moved.shape.slice(0, -1), inputSize]), order);
}

/** dL/dimages of `resizeNearestNeighbor`, NHWC. */
export const resizeNearestGradient: ComposedKernel = {
  kernelName: tf.ResizeNearestNeighborGrad,
  compose: (call: KernelCall<ResizeAttrs>) => {
    const dy = inputOf(call, 'dy');
    const images = inputOf(call, 'images');
    return [1, 2].reduce<tf.Tensor>((sum, axis) => {
      const inputSize = images.shape[axis] ?? 1;
      const outputSize = dy.shape[axis] ?? 1;
      return sumBySource(
        sum,
        axis,
        nearestSources({ inputSize, outputSize }, call.attrs),
        inputSize,
      );
    }, dy);
  },
};
