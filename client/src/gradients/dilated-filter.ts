import type { Tensor } from '@tensorflow/tfjs';
import { sizeOf, type Tf } from './rule.ts';

/** Elements of an axis around `axis`: `[before, size, after]`. */
function around(tf: Tf, x: Tensor, axis: number): Tensor {
  const before = sizeOf(x.shape.slice(0, axis));
  return tf.reshape(x, [before, x.shape[axis] ?? 1, sizeOf(x.shape.slice(axis + 1))]);
}

function withSize(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((own, index) => (index === axis ? size : own));
}

/**
 * Puts zeros between the elements of a filter, so that a convolution without dilation does what one
 * with dilation does.
 *
 * @param dilations - One for each of the first axes.
 */
export function dilateFilter(tf: Tf, filter: Tensor, dilations: readonly number[]): Tensor {
  return dilations.reduce((wide, dilation, axis) => {
    const size = wide.shape[axis] ?? 1;
    const folded = around(tf, wide, axis);
    const [before, , after] = folded.shape as [number, number, number];
    const padded = tf.pad(tf.reshape(folded, [before * size, 1, after]), [
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
    const spread = tf.reshape(padded, [before, size * dilation, after]);
    const reach = (size - 1) * dilation + 1;
    const cut = tf.slice(spread, [0, 0, 0], [before, reach, after]);
    return tf.reshape(cut, withSize(wide.shape, axis, reach));
  }, filter);
}

/** The adjoint of {@link dilateFilter}: every element that was not put between others. */
export function undilateFilter(tf: Tf, wide: Tensor, dilations: readonly number[]): Tensor {
  return dilations.reduce((filter, dilation, axis) => {
    const reach = filter.shape[axis] ?? 1;
    const size = (reach - 1) / dilation + 1;
    const folded = around(tf, filter, axis);
    const [before, , after] = folded.shape as [number, number, number];
    const padded = tf.pad(folded, [
      [0, 0],
      [0, size * dilation - reach],
      [0, 0],
    ]);
    const apart = tf.reshape(padded, [before * size, dilation, after]);
    const kept = tf.slice(apart, [0, 0, 0], [before * size, 1, after]);
    return tf.reshape(kept, withSize(filter.shape, axis, size));
  }, wide);
}

/** A dilation for each axis; attributes have one number, a list, or none. */
export function dilationsOf(dilations: unknown, count: number): number[] {
  const given = Array.isArray(dilations) ? dilations : Array(count).fill(dilations ?? 1);
  return given.map(Number);
}
