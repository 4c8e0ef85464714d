/**
 * Element-wise kernels whose wasm versions differ from every other backend: clamps drop NaN, which
 * would hide a diverged model behind a finite loss, `sign` calls small numbers 0, and casting to
 * bool keeps the low byte.
 */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall, type NativeKernel } from './kernel.ts';

/** Whether a sum over `x` is NaN: surely so if an element is, else only where infinities cancel. */
function mayHoldNaN(x: tf.Tensor): boolean {
  return x.dtype === 'float32' && Number.isNaN(tf.sum(x).dataSync()[0]);
}

/** The native kernel's result, except that NaN in input `name` stays NaN. */
function keepsNaN(kernelName: string, name: string): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<object>, native: NativeKernel) => {
      const watched = inputOf(call, name);
      const result = native({ ...call.inputs }, call.attrs);
      if (!mayHoldNaN(watched)) return result;
      const original = tf.broadcastTo(watched, result.shape);
      return tf.where(tf.isNaN(original), original, result);
    },
  };
}

/** 1, 0 or −1; NaN gives 0, as on the other backends. */
const sign: ComposedKernel = {
  kernelName: tf.Sign,
  compose: (call: KernelCall<object>) => {
    const x = inputOf(call, 'x');
    return tf.sub(tf.cast(tf.greater(x, 0), x.dtype), tf.cast(tf.less(x, 0), x.dtype));
  },
};

/** Everything but 0 is true. */
const cast: ComposedKernel = {
  kernelName: tf.Cast,
  compose: (call: KernelCall<{ readonly dtype: tf.DataType }>, native) => {
    const x = inputOf(call, 'x');
    const isNumber = x.dtype === 'float32' || x.dtype === 'int32';
    if (call.attrs.dtype === 'bool' && isNumber) return tf.notEqual(x, tf.zerosLike(x));
    return native({ ...call.inputs }, call.attrs);
  },
};

/** Element-wise corrections. */
export const elementwiseKernels: readonly ComposedKernel[] = [
  keepsNaN(tf.ClipByValue, 'x'),
  keepsNaN(tf.Relu, 'x'),
  keepsNaN(tf.Relu6, 'x'),
  keepsNaN(tf.Maximum, 'b'),
  keepsNaN(tf.Minimum, 'b'),
  sign,
  cast,
];
