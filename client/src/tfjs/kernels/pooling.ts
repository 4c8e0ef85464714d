/**
 * Pooling. The wasm backend's gradients and its 3-D forward pass start each window's search at
 * the smallest positive float, so windows without a positive element lose their maximum. The cpu
 * backend's gradient of `maxPool3d` takes positions of one window for those of another. Both divide
 * the gradient of an average by the whole window, also where padding hides part of it. For NaN see careful.ts.
 */
import * as tf from '@tensorflow/tfjs';
import { carefulAvgPool, finiteOr, windowCounts } from './careful.ts';
import { type ComposedKernel, inputOf, type KernelCall, type KernelInputs } from './kernel.ts';
import {
  gatherTap,
  padForTaps,
  scatterTaps,
  tapsOf,
  type WindowAxis,
  windowAxes2D,
  windowAxes3D,
} from './windows.ts';

type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];

interface Pool2DAttrs {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof tf.backend_util.computePool2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

interface Pool3DAttrs {
  readonly filterSize: [number, number, number] | number;
  readonly strides: [number, number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function axes2D(shape: readonly number[], attrs: Pool2DAttrs): WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const { computePool2DInfo } = tf.backend_util;
  return windowAxes2D(
    computePool2DInfo(shape as Shape4, filterSize, strides, 1, pad, dimRoundingMode),
  );
}

function axes3D(shape: readonly number[], attrs: Pool3DAttrs): WindowAxis[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const { computePool3DInfo } = tf.backend_util;
  return windowAxes3D(
    computePool3DInfo(shape as Shape5, filterSize, strides, 1, pad, dimRoundingMode),
  );
}

/** Largest element of every window; the padding never wins. */
function windowMax(padded: tf.Tensor, axes: readonly WindowAxis[]): tf.Tensor {
  return tapsOf(axes)
    .map((tap) => gatherTap(padded, axes, tap))
    .reduce((max, values) => tf.maximum(max, values));
}

/** All of a window's dy goes to the first of its maxima, in row-major order. */
function maxPoolGradient(call: KernelInputs, axes: readonly WindowAxis[]): tf.Tensor {
  const dy = inputOf(call, 'dy');
  const padded = padForTaps(inputOf(call, 'input'), axes, Number.NEGATIVE_INFINITY);
  const max = windowMax(padded, axes);
  let unclaimed: tf.Tensor = tf.onesLike(dy);
  const shares = tapsOf(axes).map((tap) => {
    const isMax = tf.cast(tf.equal(gatherTap(padded, axes, tap), max), 'float32');
    const claim = tf.mul(unclaimed, isMax);
    unclaimed = tf.sub(unclaimed, claim);
    return tf.mul(dy, claim);
  });
  return scatterTaps(axes, (_, index) => shares[index] ?? tf.zerosLike(dy));
}

/** dL/dx of `maxPool`, NHWC. */
export const maxPool2DGradient: ComposedKernel = {
  kernelName: tf.MaxPoolGrad,
  compose: (call: KernelCall<Pool2DAttrs>) => {
    const axes = axes2D(call.inputs['input']?.shape ?? [], call.attrs);
    return maxPoolGradient(call, axes);
  },
};

/** dL/dx of `maxPool3d`, NDHWC. */
export const maxPool3DGradient: ComposedKernel = {
  kernelName: tf.MaxPool3DGrad,
  compose: (call: KernelCall<Pool3DAttrs>) => {
    const axes = axes3D(call.inputs['input']?.shape ?? [], call.attrs);
    return maxPoolGradient(call, axes);
  },
};

/** `maxPool3d`, NDHWC. */
export const maxPool3D: ComposedKernel = {
  kernelName: tf.MaxPool3D,
  compose: (call: KernelCall<Pool3DAttrs>) => {
    const x = inputOf(call, 'x');
    const axes = axes3D(x.shape, call.attrs);
    return windowMax(padForTaps(x, axes, Number.NEGATIVE_INFINITY), axes);
  },
};

/** `maxPool`, NHWC; NaN anywhere in a window makes it NaN. */
export const maxPool2D: ComposedKernel = {
  kernelName: tf.MaxPool,
  compose: (call: KernelCall<Pool2DAttrs>, native) => {
    const x = inputOf(call, 'x');
    const axes = axes2D(x.shape, call.attrs);
    return finiteOr(native({ x }, call.attrs), () =>
      windowMax(padForTaps(x, axes, Number.NEGATIVE_INFINITY), axes),
    );
  },
};

/** `avgPool`, NHWC. */
export const avgPool2D: ComposedKernel = {
  kernelName: tf.AvgPool,
  compose: (call: KernelCall<Pool2DAttrs>, native) => {
    const x = inputOf(call, 'x');
    return finiteOr(native({ x }, call.attrs), () =>
      carefulAvgPool(x, axes2D(x.shape, call.attrs)),
    );
  },
};

/** Every window's dy is shared by the elements in it; padding, which the average doesn't count, gets none. */
function avgPoolGradient(call: KernelInputs, axes: readonly WindowAxis[]): tf.Tensor {
  const dy = inputOf(call, 'dy');
  const shares = tf.div(dy, windowCounts(inputOf(call, 'input'), axes));
  return scatterTaps(axes, () => shares);
}

/** dL/dx of `avgPool`, NHWC. */
export const avgPool2DGradient: ComposedKernel = {
  kernelName: tf.AvgPoolGrad,
  compose: (call: KernelCall<Pool2DAttrs>) =>
    avgPoolGradient(call, axes2D(call.inputs['input']?.shape ?? [], call.attrs)),
};

/** dL/dx of `avgPool3d`, NDHWC. */
export const avgPool3DGradient: ComposedKernel = {
  kernelName: tf.AvgPool3DGrad,
  compose: (call: KernelCall<Pool3DAttrs>) =>
    avgPoolGradient(call, axes3D(call.inputs['input']?.shape ?? [], call.attrs)),
};
