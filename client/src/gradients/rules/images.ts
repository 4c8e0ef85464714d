/**
 * Resizing of images, which is linear along each axis: the gradient is a product with the transposed
 * matrix. TensorFlow.js's own kernels mix examples up (nearest), swap height and width (bilinear), and
 * know nothing of half-pixel centres.
 */
import type { GradConfig, Tensor, Tensor2D } from '@tensorflow/tfjs';
import { type GradientRules, gradient, type Tf } from '../rule.ts';

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
  tf: Tf,
  i: number,
  { inputSize, outputSize, alignCorners, halfPixelCenters }: AxisSizes & ResizeAttrs,
): number {
  const corner = alignCorners && outputSize > 1 ? 1 : 0;
  const round = tf.getBackend() === 'wasm' ? Math.fround : Number;
  const scale = round((inputSize - corner) / (outputSize - corner));
  return round(scale * (halfPixelCenters === true ? i + 0.5 : i));
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
function resizeMatrix(
  tf: Tf,
  sources: Sources,
  { inputSize, outputSize, ...attrs }: AxisSizes & ResizeAttrs,
): Tensor2D {
  const shares = new Float32Array(outputSize * inputSize);
  for (let i = 0; i < outputSize; i++) {
    const position = outputPosition(tf, i, { inputSize, outputSize, ...attrs });
    for (const [source, share] of sources(position, inputSize, attrs)) {
      const place = i * inputSize + source;
      shares[place] = (shares[place] ?? 0) + share;
    }
  }
  return tf.tensor2d(shares, [outputSize, inputSize]);
}

/** Multiplies `axis` of `dy` by the matrix; it gets the matrix's number of columns. */
function alongAxis(tf: Tf, dy: Tensor, axis: number, matrix: Tensor2D): Tensor {
  const last = dy.rank - 1;
  const order = dy.shape.map((_, i) => (i === axis ? last : i === last ? axis : i));
  const moved = tf.transpose(dy, order);
  const rows = tf.reshape(moved, [-1, matrix.shape[0]]) as Tensor2D;
  const product = tf.matMul(rows, matrix);
  return tf.transpose(tf.reshape(product, [...moved.shape.slice(0, -1), matrix.shape[1]]), order);
}

function resizing(tf: Tf, kernelName: string, sources: Sources): GradConfig {
  return gradient(kernelName, { inputs: ['images'] }, (dy, [images], attrs) => ({
    images: () => {
      const { alignCorners, halfPixelCenters } = attrs as unknown as ResizeAttrs;
      return [1, 2].reduce<Tensor>((partial, axis) => {
        const matrix = resizeMatrix(tf, sources, {
          inputSize: (images as Tensor).shape[axis] ?? 1,
          outputSize: dy.shape[axis] ?? 1,
          alignCorners,
          halfPixelCenters: halfPixelCenters === true,
        });
        return alongAxis(tf, partial, axis, matrix);
      }, dy);
    },
  }));
}

/** Gradients of `resizeNearestNeighbor` and `resizeBilinear`, NHWC. */
export const IMAGES: GradientRules = (tf) => [
  resizing(tf, 'ResizeNearestNeighbor', nearest),
  resizing(tf, 'ResizeBilinear', bilinear),
];
