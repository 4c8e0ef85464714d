/**
 * Sliding windows over the spatial axes of `[batch, …spatial, channels]` tensors, in two or three
 * dimensions. A *tap* is one position inside the window: gathering a tap takes, for every output
 * position, the input element under it; scattering a tap is the adjoint. Convolution and pooling
 * gradients are sums over taps.
 */
import type { backend_util } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { padAxis, spreadAxis, strideAxis } from './axes.ts';

/** Geometry of one spatial axis. */
export interface WindowAxis {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly filterSize: number;
  readonly stride: number;
  /** Input elements from one filter element to the next. */
  readonly dilation: number;
  readonly padBefore: number;
}

/** Position inside the window, one offset in input elements for each spatial axis. */
export type Tap = readonly number[];

/** Axes of a 2-D convolution or pooling. */
export function windowAxes2D(info: backend_util.Conv2DInfo): WindowAxis[] {
  return [
    {
      inputSize: info.inHeight,
      outputSize: info.outHeight,
      filterSize: info.filterHeight,
      stride: info.strideHeight,
      dilation: info.dilationHeight,
      padBefore: info.padInfo.top,
    },
    {
      inputSize: info.inWidth,
      outputSize: info.outWidth,
      filterSize: info.filterWidth,
      stride: info.strideWidth,
      dilation: info.dilationWidth,
      padBefore: info.padInfo.left,
    },
  ];
}

/** Axes of a 3-D convolution or pooling. */
export function windowAxes3D(info: backend_util.Conv3DInfo): WindowAxis[] {
  const depth = {
    inputSize: info.inDepth,
    outputSize: info.outDepth,
    filterSize: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    padBefore: info.padInfo.front,
  };
  return [depth, ...windowAxes2D(info as unknown as backend_util.Conv2DInfo)];
}

/** All positions of the window, in row-major order. */
export function tapsOf(axes: readonly WindowAxis[]): Tap[] {
  return axes.reduce<number[][]>(
    (taps, { filterSize, dilation }) => {
      const offsets = Array.from({ length: filterSize }, (_, i) => i * dilation);
      return taps.flatMap((tap) => offsets.map((offset) => [...tap, offset]));
    },
    [[]],
  );
}

function lastOffset({ filterSize, dilation }: WindowAxis): number {
  return (filterSize - 1) * dilation;
}

/** Room so that every tap can be strided: `outputSize · stride` elements after its offset. */
function paddedSize(axis: WindowAxis): number {
  return axis.outputSize * axis.stride + lastOffset(axis);
}

/** Pads every spatial axis so that {@link gatherTap} stays inside. */
export function padForTaps(x: tf.Tensor, axes: readonly WindowAxis[], value = 0): tf.Tensor {
  return axes.reduce<tf.Tensor>((padded, axis, i) => {
    const after = paddedSize(axis) - axis.padBefore - axis.inputSize;
    return padAxis(padded, i + 1, { before: axis.padBefore, after, value });
  }, x);
}

/** Elements under `tap` for every output position: `[batch, …outputs, channels]`. */
export function gatherTap(padded: tf.Tensor, axes: readonly WindowAxis[], tap: Tap): tf.Tensor {
  return axes.reduce<tf.Tensor>((gathered, axis, i) => {
    const steps = { begin: tap[i] ?? 0, count: axis.outputSize, stride: axis.stride };
    return strideAxis(gathered, i + 1, steps);
  }, padded);
}

/** The adjoint of {@link gatherTap}: puts output-shaped values where `tap` took them from. */
function scatterTap(values: tf.Tensor, axes: readonly WindowAxis[], tap: Tap): tf.Tensor {
  return axes.reduce<tf.Tensor>((scattered, axis, i) => {
    const before = tap[i] ?? 0;
    const spread = spreadAxis(scattered, i + 1, axis.stride);
    return padAxis(spread, i + 1, { before, after: lastOffset(axis) - before });
  }, values);
}

/** The adjoint of {@link padForTaps}. */
function cropTaps(padded: tf.Tensor, axes: readonly WindowAxis[]): tf.Tensor {
  return axes.reduce<tf.Tensor>((cropped, axis, i) => {
    const after = paddedSize(axis) - axis.padBefore - axis.inputSize;
    return padAxis(cropped, i + 1, { before: -axis.padBefore, after: -after });
  }, padded);
}

/** Sum over taps of what each scatters back, cropped to the input's size. */
export function scatterTaps(
  axes: readonly WindowAxis[],
  valuesOf: (tap: Tap, index: number) => tf.Tensor,
): tf.Tensor {
  let sum: tf.Tensor | undefined;
  for (const [index, tap] of tapsOf(axes).entries()) {
    const previous = sum;
    sum = tf.tidy(() => {
      const scattered = scatterTap(valuesOf(tap, index), axes, tap);
      return previous === undefined ? scattered : tf.add(previous, scattered);
    });
    previous?.dispose();
  }
  if (sum === undefined) throw new Error('A window has at least one tap');
  return cropTaps(sum, axes);
}
