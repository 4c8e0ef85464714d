/** Kernels that take tensors apart, join or repeat them. */
import type { GradConfig, Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient, gradients, positiveAxis, type Tf } from '../rule.ts';

/** Sums what each element was repeated to: `[reps, size]` for each dimension, of any rank. */
function tile(tf: Tf): GradConfig {
  return gradient('Tile', { inputs: ['x'] }, (dy, [x], attrs) => ({
    x: () => {
      const { shape } = x as Tensor;
      const reps = attrs['reps'] as number[];
      // One dimension after the other, so that no tensor has more than three.
      const sum = shape.reduce<Tensor>((rest, size, axis) => {
        const before = shape.slice(0, axis).reduce((a, b) => a * b, 1);
        const apart = tf.reshape(rest, [
          before,
          reps[axis] ?? 1,
          rest.size / Math.max(1, before * (reps[axis] ?? 1)),
        ]);
        return size === 0 ? rest : tf.sum(apart, 1);
      }, dy);
      return sum.size === 0 && dy.size === 0 ? tf.zeros(shape) : tf.reshape(sum, shape);
    },
  }));
}

/** Gradients that TensorFlow.js lacks for one part, for high ranks and for sizes of 0. */
export const JOINING: GradientRules = (tf) => [
  gradients('SplitV', {}, (dys, _saved, { axis }) => ({
    x: () => tf.concat([...dys], positiveAxis(axis, dys[0]?.rank ?? 1)),
  })),
  tile(tf),
  gradients('Unpack', {}, (dys, _saved, { axis }) => ({
    value: () => tf.stack([...dys], positiveAxis(axis, (dys[0]?.rank ?? 0) + 1)),
  })),
];
