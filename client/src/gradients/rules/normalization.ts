/** Batch normalisation, of statistics of any shape that broadcasts with the input. */
import type { Tensor } from '@tensorflow/tfjs';
import { type GradientRules, gradient } from '../rule.ts';
import { sumTo } from '../sum-to.ts';

/** Replaces a gradient that fails for statistics of more than one dimension. */
export const NORMALIZATION: GradientRules = (tf) => [
  gradient(
    'FusedBatchNorm',
    { inputs: ['x', 'mean', 'variance', 'scale'] },
    (dy, saved, { varianceEpsilon }) => {
      const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
      const inverse = () => tf.rsqrt(tf.add(variance, Number(varianceEpsilon)));
      const centred = () => tf.sub(x, mean);
      const scaled = () => tf.mul(tf.mul(dy, scale), inverse());
      return {
        x: () => scaled(),
        mean: () => sumTo(tf, tf.neg(scaled()), mean.shape),
        variance: () => {
          const slopes = tf.mul(tf.mul(scaled(), centred()), tf.square(inverse()));
          return sumTo(tf, tf.mul(slopes, -0.5), variance.shape);
        },
        scale: () => sumTo(tf, tf.mul(tf.mul(dy, centred()), inverse()), scale.shape),
        offset: () => sumTo(tf, dy, mean.shape),
      };
    },
  ),
];
