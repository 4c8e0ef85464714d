/**
 * Padding, slicing and striding along one axis of a tensor of any rank. Everything is folded into
 * rank 3 first, because several wasm kernels stop at rank 4 or leave their fast path there.
 */
import * as tf from '@tensorflow/tfjs';

/** Elements added at both ends of an axis; negative counts crop. */
export interface AxisMargins {
  readonly before: number;
  readonly after: number;
  /** What added elements hold. @default 0 */
  readonly value?: number;
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((result, size) => result * size, 1);
}

/** `[outer, size, inner]` view of `x` around `axis`. */
function around(x: tf.Tensor, axis: number): tf.Tensor3D {
  const size = x.shape[axis] ?? 1;
  return tf.reshape(x, [product(x.shape.slice(0, axis)), size, product(x.shape.slice(axis + 1))]);
}

/** Undoes {@link around}, the axis having the size `folded` gave it. */
function unfold(folded: tf.Tensor3D, shape: readonly number[], axis: number): tf.Tensor {
  return tf.reshape(folded, [...shape.slice(0, axis), folded.shape[1], ...shape.slice(axis + 1)]);
}

/** `size` elements of `axis` from `begin`. */
function sliceAxis(
  x: tf.Tensor,
  axis: number,
  range: { readonly begin: number; readonly size: number },
): tf.Tensor {
  const folded = around(x, axis);
  const sizes: [number, number, number] = [folded.shape[0], range.size, folded.shape[2]];
  return unfold(tf.slice(folded, [0, range.begin, 0], sizes), x.shape, axis);
}

/** Pads (or, where a margin is negative, crops) `axis`. */
export function padAxis(x: tf.Tensor, axis: number, margins: AxisMargins): tf.Tensor {
  const { before, after, value = 0 } = margins;
  const size = (x.shape[axis] ?? 1) + Math.min(before, 0) + Math.min(after, 0);
  const cropped = sliceAxis(x, axis, { begin: Math.max(-before, 0), size });
  const pads: [[number, number], [number, number], [number, number]] = [
    [0, 0],
    [Math.max(before, 0), Math.max(after, 0)],
    [0, 0],
  ];
  return unfold(tf.pad(around(cropped, axis), pads, value), cropped.shape, axis);
}

/** Every `stride`-th element of `axis`, `count` of them from `begin`; `begin + count·stride` must fit. */
export function strideAxis(
  x: tf.Tensor,
  axis: number,
  steps: { readonly begin: number; readonly count: number; readonly stride: number },
): tf.Tensor {
  const { begin, count, stride } = steps;
  const window = sliceAxis(x, axis, { begin, size: count * stride });
  if (stride === 1) return window;
  const { shape: folded } = around(window, axis);
  const phases = tf.reshape(window, [folded[0] * count, stride, folded[2]]);
  const first = tf.slice(phases, [0, 0, 0], [folded[0] * count, 1, folded[2]]);
  return tf.reshape(first, [...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)]);
}

/** The adjoint of {@link strideAxis}: `stride − 1` zeros after every element of `axis`. */
export function spreadAxis(x: tf.Tensor, axis: number, stride: number): tf.Tensor {
  if (stride === 1) return x;
  const [outer, count, inner] = around(x, axis).shape;
  const elements = tf.reshape(x, [outer * count, 1, inner]) as tf.Tensor3D;
  const spread = tf.pad(elements, [
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  return tf.reshape(spread, [
    ...x.shape.slice(0, axis),
    count * stride,
    ...x.shape.slice(axis + 1),
  ]);
}
