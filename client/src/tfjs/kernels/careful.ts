/**
 * The wasm backend's convolutions and pools clamp their results to −∞ … ∞ in a way that makes −∞ of
 * NaN, which the next relu makes 0: a diverged model then looks healthy. Where a result isn't
 * finite, which a healthy model never meets, it is computed once more from kernels that keep NaN.
 */
import * as tf from '@tensorflow/tfjs';
import { gatherTap, padForTaps, type Tap, tapsOf, type WindowAxis } from './windows.ts';

/** `fast` if all of it is finite, else what `careful` computes. */
export function finiteOr(fast: tf.Tensor, careful: () => tf.Tensor): tf.Tensor {
  return Number.isFinite(tf.sum(fast).dataSync()[0]) ? fast : careful();
}

/** Σ over taps of `term`, given the input under each. */
function sumOverTaps(
  x: tf.Tensor,
  axes: readonly WindowAxis[],
  term: (gathered: tf.Tensor, index: number) => tf.Tensor,
): tf.Tensor {
  const padded = padForTaps(x, axes);
  const terms = tapsOf(axes).map((tap: Tap, i) => term(gatherTap(padded, axes, tap), i));
  return terms.reduce((sum, t) => tf.add(sum, t));
}

/** `conv2d`, NHWC. */
export function carefulConv(
  x: tf.Tensor,
  filter: tf.Tensor,
  axes: readonly WindowAxis[],
): tf.Tensor {
  const [inChannels = 1, outChannels = 1] = filter.shape.slice(-2);
  const perTap = tf.unstack(tf.reshape(filter, [-1, inChannels, outChannels]));
  return sumOverTaps(x, axes, (gathered, i) => {
    const rows = tf.reshape(gathered, [-1, inChannels]) as tf.Tensor2D;
    const product = tf.matMul(rows, perTap[i] as tf.Tensor2D);
    return tf.reshape(product, [...gathered.shape.slice(0, -1), outChannels]);
  });
}

/** `depthwiseConv2d`, NHWC. */
export function carefulDepthwise(
  x: tf.Tensor,
  filter: tf.Tensor,
  axes: readonly WindowAxis[],
): tf.Tensor {
  const [inChannels = 1, multiplier = 1] = filter.shape.slice(-2);
  const perTap = tf.unstack(tf.reshape(filter, [-1, 1, inChannels, multiplier]));
  return sumOverTaps(x, axes, (gathered, i) => {
    const columns = tf.reshape(gathered, [-1, inChannels, 1]);
    const product = tf.mul(columns, perTap[i] as tf.Tensor);
    return tf.reshape(product, [...gathered.shape.slice(0, -1), inChannels * multiplier]);
  });
}

/** `avgPool`, NHWC; padding doesn't count. */
export function carefulAvgPool(x: tf.Tensor, axes: readonly WindowAxis[]): tf.Tensor {
  const sums = sumOverTaps(x, axes, (gathered) => gathered);
  return tf.div(sums, windowCounts(x, axes));
}

/** Elements of `x` in every window, padding not counted; `[1, …outputs, 1]`. */
export function windowCounts(x: tf.Tensor, axes: readonly WindowAxis[]): tf.Tensor {
  const spatial = x.shape.map((size, i) => (i === 0 || i === x.rank - 1 ? 1 : size));
  return sumOverTaps(tf.ones(spatial), axes, (gathered) => gathered);
}
