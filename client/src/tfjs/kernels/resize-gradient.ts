/**
 * Gradients of resizing images. The cpu backend's own ones mix examples up (nearest) or swap height
 * and width (bilinear), and no backend's know of half-pixel centres. Resizing is linear along each
 * axis, so its gradient is a product with the transposed matrix.
 */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}

interface AxisSizes {
  readonly inputSize: number;
  readonly outputSize: number;
}

/** Input positions that one output position is mixed from, with their shares. */
type Sources = (position: number, inputSize: number, attrs: ResizeAttrs) => [number, number][];

/** Positions as the forward kernels compute them: the cpu's in double, those of wasm in single precision. */
function outputPosition(
  i: number,
  { inputSize, outputSize }: AxisSizes,
  attrs: ResizeAttrs,
): number {
  const corner = attrs.alignCorners && outputSize > 1 ? 1 : 0;
  const round = tf.getBackend() === 'wasm' ? Math.fround : Number;
  const scale = round((inputSize - corner) / (outputSize - corner));
  return round(scale * (attrs.halfPixelCenters === true ? i + 0.5 : i));
}

const nearest: Sources = (position, inputSize, { alignCorners }) => {
  const source = alignCorners ? Math.round(position) : Math.floor(position);
  return [[Math.max(0, Math.min(inputSize - 1, source)), 1]];
};

const bilinear: Sources = (position, inputSize, { halfPixelCenters }) => {
  const centre = halfPixelCenters === true ? position - 0.5 : position;
  const floor = Math.max(0, Math.floor(centre));
  const ceiling = Math.max(0, Math.min(inputSize - 1, Math.ceil(centre)));
  return [
    [floor, 1 - (centre - floor)],
    [ceiling, centre - floor],
  ];
};

/** `[outputSize, inputSize]`: what each output position takes from each input position. */
function resizeMatrix(sizes: AxisSizes, sources: Sources, attrs: ResizeAttrs): tf.Tensor2D {
  const { inputSize, outputSize } = sizes;
  const shares = new Float32Array(outputSize * inputSize);
  for (let i = 0; i < outputSize; i++)
    for (const [source, share] of sources(outputPosition(i, sizes, attrs), inputSize, attrs))
      shares[i * inputSize + source] = (shares[i * inputSize + source] ?? 0) + share;
  return tf.tensor2d(shares, [outputSize, inputSize]);
}

/** Multiplies `axis` of `dy` by the matrix; it gets the matrix's number of columns. */
function alongAxis(dy: tf.Tensor, axis: number, matrix: tf.Tensor2D): tf.Tensor {
  const last = dy.rank - 1;
  const order = dy.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const moved = tf.transpose(dy, order);
  const rows = tf.reshape(moved, [-1, matrix.shape[0]]) as tf.Tensor2D;
  const product = tf.matMul(rows, matrix);
  return tf.transpose(tf.reshape(product, [...moved.shape.slice(0, -1), matrix.shape[1]]), order);
}

function resizeGradient(kernelName: string, sources: Sources): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<ResizeAttrs>) => {
      const dy = inputOf(call, 'dy');
      const images = inputOf(call, 'images');
      return [1, 2].reduce<tf.Tensor>((sum, axis) => {
        const sizes = { inputSize: images.shape[axis] ?? 1, outputSize: dy.shape[axis] ?? 1 };
        return alongAxis(sum, axis, resizeMatrix(sizes, sources, call.attrs));
      }, dy);
    },
  };
}

/** dL/dimages of `resizeNearestNeighbor` and `resizeBilinear`, NHWC. */
export const resizeGradients: readonly ComposedKernel[] = [
  resizeGradient(tf.ResizeNearestNeighborGrad, nearest),
  resizeGradient(tf.ResizeBilinearGrad, bilinear),
];
