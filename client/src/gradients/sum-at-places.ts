import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf, type Tf } from './rule.ts';

/** The place of every element, in row-major order from 0; int32. */
export function places(tf: Tf, shape: readonly number[]): Tensor {
  return tf.reshape(tf.range(0, sizeOf(shape), 1, 'int32'), [...shape]);
}

/**
 * Adds every element of a gradient at the place that it was taken from.
 *
 * @param from - Places in row-major order, int32, of the gradient's shape; −1 drops an element.
 * @param shape - Of what the elements were taken from.
 */
export function sumAtPlaces(
  tf: Tf,
  dy: Tensor,
  { from, shape }: { readonly from: Tensor; readonly shape: readonly number[] },
): Tensor {
  const size = sizeOf(shape);
  // What is dropped goes to a place behind the last.
  const spare = tf.fill(from.shape, size, 'int32');
  const targets = tf.where(tf.less(from, 0), spare, from);
  const sums = sumRows(tf, { rows: tf.reshape(dy, [dy.size, 1]), targets, count: size + 1 });
  return tf.reshape(tf.slice(sums, [0, 0], [size, 1]), [...shape]);
}

/**
 * Adds rows that have the same target. Takes time in proportion to the rows, where
 * `unsortedSegmentSum` of some backends goes through all of them for each target.
 *
 * @param rows - `[n, width]`.
 * @param targets - n numbers from 0 to `count` − 1, of any shape; int32.
 * @returns the sums, `[count, width]`.
 */
export function sumRows(
  tf: Tf,
  {
    rows,
    targets,
    count,
  }: { readonly rows: Tensor; readonly targets: Tensor; readonly count: number },
): Tensor {
  const width = rows.shape[1] ?? 1;
  if (targets.size === 0 || width === 0) return tf.zeros([count, width]);
  return tf.scatterND(tf.reshape(targets, [targets.size, 1]), rows, [count, width]);
}
