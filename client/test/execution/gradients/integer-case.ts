import * as tf from '@tensorflow/tfjs';
import { substitute } from './central-differences.ts';
import type { Case } from './check-case.ts';

/** The same call on whole numbers, few enough that float32 holds every sum of their products. */
export function toIntegers(drawn: Case | undefined): Case | undefined {
  if (drawn === undefined) return undefined;
  const { random, call, xs } = drawn;
  const whole = new Map(
    [...xs, ...call.weights].flatMap((tensor) =>
      tensor === undefined ? [] : [[tensor, integersLike(tensor)] as const],
    ),
  );
  const swap = (tensor: tf.Tensor): tf.Tensor => whole.get(tensor) ?? tensor;
  return {
    random,
    call: {
      ...call,
      given: substitute(call.given, swap) as unknown[],
      weights: call.weights.map((weight) => weight && swap(weight)),
    },
    xs: xs.map(swap),
  };
}

/** Keeps the order of values, so that choices among them stay the same. */
function integersLike(tensor: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.floor(tf.mul(tensor, 8)));
}
