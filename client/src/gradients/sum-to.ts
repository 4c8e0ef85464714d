import type { Tensor } from '@tensorflow/tfjs';
import type { Tf } from './rule.ts';

/**
 * The adjoint of broadcasting: sums a gradient over the dimensions that a shape was repeated along.
 *
 * @param shape - What was broadcast to the gradient's shape.
 * @returns a new tensor of that shape.
 */
export function sumTo(tf: Tf, dy: Tensor, shape: readonly number[]): Tensor {
  const added = dy.rank - shape.length;
  const axes = dy.shape.flatMap((size, axis) => {
    const own = shape[axis - added];
    return own === undefined || (own === 1 && size !== 1) ? [axis] : [];
  });
  const sum = axes.length === 0 ? dy : tf.sum(dy, axes);
  return tf.reshape(sum, [...shape]);
}
