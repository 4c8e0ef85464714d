/**
 * Gradients of 2-D and 3-D convolutions. The wasm backend has none for a 2-D filter, and its 3-D
 * ones are wrong for strides above 1 and read memory nobody wrote.
 */
import * as tf from '@tensorflow/tfjs';
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

type Size3 = [number, number, number];
type Shape4 = [number, number, number, number];
type Shape5 = [number, number, number, number, number];
type Pad2D = Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
type Pad3D = 'same' | 'valid';

/** Elements of one column matrix (16 MB of float32): enough to keep matMul busy, little enough for a phone. */
const COLUMN_ELEMENTS_MAX = 4_194_304;

/** Splits `items` into runs of at most `length`. */
function runsOf<T>(items: readonly T[], length: number): T[][] {
  const runs: T[][] = [];
  for (let i = 0; i < items.length; i += length) runs.push(items.slice(i, i + length));
  return runs;
}

/**
 * Filter gradient by columns: dW[tap] = Σ over output positions of x under the tap, transposed,
 * times dy.
 */
function filterGradient(
  call: KernelInputs,
  axes: readonly WindowAxis[],
  filterShape: readonly number[],
): tf.Tensor {
  const x = padForTaps(inputOf(call, 'x'), axes);
  const dy = inputOf(call, 'dy');
  const outChannels = dy.shape.at(-1) ?? 1;
  const inChannels = x.shape.at(-1) ?? 1;
  const rows = dy.size / outChannels;
  const dyRows = tf.reshape(dy, [rows, outChannels]) as tf.Tensor2D;
  const runLength = Math.max(1, Math.floor(COLUMN_ELEMENTS_MAX / Math.max(1, rows * inChannels)));
  const parts = runsOf(tapsOf(axes), runLength).map((taps) =>
    tf.tidy(() => {
      const columns = taps.map((tap) => tf.reshape(gatherTap(x, axes, tap), [rows, inChannels]));
      return tf.matMul(tf.concat(columns, 1) as tf.Tensor2D, dyRows, true);
    }),
  );
  return tf.reshape(tf.concat(parts, 0), [...filterShape]);
}

/** Input gradient: every output position's dy, times the transposed filter, back to where each tap took x. */
function inputGradient(call: KernelInputs, axes: readonly WindowAxis[]): tf.Tensor {
  const dy = inputOf(call, 'dy');
  const filter = inputOf(call, 'filter');
  const [inChannels = 1, outChannels = 1] = filter.shape.slice(-2);
  const taps = filter.size / (inChannels * outChannels);
  const perTap = tf.reshape(filter, [taps, inChannels, outChannels]) as tf.Tensor3D;
  const dyRows = tf.reshape(dy, [dy.size / outChannels, outChannels]) as tf.Tensor2D;
  const shape = [...dy.shape.slice(0, -1), inChannels];
  return scatterTaps(axes, (_, index) => {
    const tapFilter = tf.reshape(tf.slice(perTap, [index, 0, 0], [1, inChannels, outChannels]), [
      inChannels,
      outChannels,
    ]) as tf.Tensor2D;
    return tf.reshape(tf.matMul(dyRows, tapFilter, false, true), shape);
  });
}

interface Conv2DFilterAttrs {
  readonly strides: [number, number] | number;
  readonly pad: Pad2D;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: Shape4;
}

/** dL/dfilter of `conv2d`, NHWC; float32 `[filterHeight, filterWidth, inChannels, outChannels]`. */
export const conv2DFilterGradient: ComposedKernel = {
  kernelName: tf.Conv2DBackpropFilter,
  compose: (call: KernelCall<Conv2DFilterAttrs>) => {
    const { strides, pad, dimRoundingMode, filterShape } = call.attrs;
    const xShape = call.inputs['x']?.shape as Shape4;
    const { computeConv2DInfo } = tf.backend_util;
    const info = computeConv2DInfo(xShape, filterShape, strides, 1, pad, dimRoundingMode);
    return filterGradient(call, windowAxes2D(info), filterShape);
  },
};

interface Conv3DFilterAttrs {
  readonly strides: Size3 | number;
  readonly pad: Pad3D;
  readonly filterShape: Shape5;
}

/** dL/dfilter of `conv3d`, NDHWC. */
export const conv3DFilterGradient: ComposedKernel = {
  kernelName: tf.Conv3DBackpropFilterV2,
  compose: (call: KernelCall<Conv3DFilterAttrs>) => {
    const { strides, pad, filterShape } = call.attrs;
    const xShape = call.inputs['x']?.shape as Shape5;
    const info = tf.backend_util.computeConv3DInfo(xShape, filterShape, strides, 1, pad);
    return filterGradient(call, windowAxes3D(info), filterShape);
  },
};

interface Conv3DInputAttrs {
  readonly strides: Size3 | number;
  readonly pad: Pad3D;
  readonly inputShape: Shape5;
}

/** dL/dx of `conv3d` (and `conv3dTranspose` forward), NDHWC. */
export const conv3DInputGradient: ComposedKernel = {
  kernelName: tf.Conv3DBackpropInputV2,
  compose: (call: KernelCall<Conv3DInputAttrs>) => {
    const { strides, pad, inputShape } = call.attrs;
    const filterShape = call.inputs['filter']?.shape as Shape5;
    const info = tf.backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
    return inputGradient(call, windowAxes3D(info));
  },
};
