/** Kernels that compute each element by itself, of one tensor or of several that are broadcast. */
import type { Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, type Tf } from '../rule.ts';
import { sumTo } from '../sum-to.ts';

const BOTH = { inputs: ['a', 'b'] } as const;

/** `dy` where a condition holds, elsewhere 0, also where `dy` is infinite. */
function only(tf: Tf, condition: Tensor, dy: Tensor): Tensor {
  return tf.where(condition, dy, tf.zerosLike(dy));
}

/** A larger or smaller of two: all of the gradient goes to the first where both are equal. */
function selection(
  tf: Tf,
  kernelName: string,
  isFirst: (a: Tensor, b: Tensor) => Tensor,
): ReturnType<typeof gradient> {
  return gradient(kernelName, BOTH, (dy, [a, b]) => {
    const first = isFirst(a as Tensor, b as Tensor);
    return {
      a: () => sumTo(tf, only(tf, first, dy), (a as Tensor).shape),
      b: () => sumTo(tf, only(tf, tf.logicalNot(first), dy), (b as Tensor).shape),
    };
  });
}

/** base^exponent, with 0 where a factor of 0 meets an infinite one. */
function power(tf: Tf): ReturnType<typeof gradient> {
  return gradient('Pow', { ...BOTH, outputs: [true] }, (dy, saved) => {
    const [base, exponent, y] = saved as [Tensor, Tensor, Tensor];

    const slope = () => {
      const slopes = tf.mul(exponent, tf.pow(base, tf.sub(exponent, 1)));
      return tf.where(tf.equal(exponent, 0), tf.zerosLike(slopes), slopes);
    };
    const logarithm = () => {
      const isPositive = tf.greater(base, 0);
      const logs = tf.log(tf.where(isPositive, base, tf.onesLike(base)));
      return tf.mul(y, logs);
    };
    return {
      a: () => sumTo(tf, tf.mul(dy, slope()), base.shape),
      b: () => sumTo(tf, tf.mul(dy, logarithm()), exponent.shape),
    };
  });
}

/**
 * Gradients that TensorFlow.js has wrong (`abs` at 0, `floorDiv`, `where` of infinite gradients), lacks
 * where shapes are broadcast, or makes of kernels that have no gradient again.
 */
export const ELEMENTWISE: GradientRules = (tf) => [
  gradient('Abs', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => tf.mul(dy, tf.sign(tf.cast(x as Tensor, 'float32'))),
  })),
  gradient('Elu', { outputs: [true] }, (dy, [y]) => ({
    x: () => tf.where(tf.greaterEqual(y as Tensor, 0), dy, tf.mul(dy, tf.add(y as Tensor, 1))),
  })),
  gradient('FloorDiv', BOTH, (_dy, [a, b]) => ({
    a: () => tf.zeros((a as Tensor).shape),
    b: () => tf.zeros((b as Tensor).shape),
  })),
  selection(tf, 'Maximum', tf.greaterEqual),
  selection(tf, 'Minimum', tf.lessEqual),
  gradient('Mod', BOTH, (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    return {
      a: () => sumTo(tf, dy, a.shape),
      b: () => sumTo(tf, tf.neg(tf.mul(dy, tf.floor(tf.div(a, b)))), b.shape),
    };
  }),
  power(tf),
  gradient('Prelu', { inputs: ['x', 'alpha'] }, (dy, saved) => {
    const [x, alpha] = saved as [Tensor, Tensor];
    const isPositive = tf.greater(x, 0);
    return {
      x: () => sumTo(tf, tf.where(isPositive, dy, tf.mul(dy, alpha)), x.shape),
      alpha: () => sumTo(tf, only(tf, tf.logicalNot(isPositive), tf.mul(dy, x)), alpha.shape),
    };
  }),
  gradient('Select', { inputs: ['condition'] }, (dy, [condition]) => {
    // A condition of one truth value for each row.
    const missing = dy.rank - (condition as Tensor).rank;
    const shape = [...(condition as Tensor).shape, ...Array<number>(missing).fill(1)];
    const chosen = tf.reshape(condition as Tensor, shape);
    return {
      t: () => tf.where(chosen, dy, tf.zerosLike(dy)),
      e: () => tf.where(chosen, tf.zerosLike(dy), dy),
    };
  }),
  gradient('SquaredDifference', BOTH, (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor];
    const doubled = () => tf.mul(dy, tf.mul(2, tf.sub(a, b)));
    return {
      a: () => sumTo(tf, doubled(), a.shape),
      b: () => sumTo(tf, tf.neg(doubled()), b.shape),
    };
  }),
];
