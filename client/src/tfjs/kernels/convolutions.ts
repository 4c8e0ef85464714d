/**
 * 2-D convolutions, forward. With "same" padding and a stride above the filter, the wasm backend
 * computes a negative padding and returns zeros without a word; the numbers it should have used are
 * passed explicitly instead. For NaN see careful.ts.
 */
import * as tf from '@tensorflow/tfjs';
import { activate, type FusedAttrs, withoutActivation } from './activation.ts';
import { carefulConv, carefulDepthwise, finiteOr } from './careful.ts';
import { type ComposedKernel, inputOf, type KernelCall, type NativeKernel } from './kernel.ts';
import { windowAxes2D } from './windows.ts';

type Shape4 = [number, number, number, number];

interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number | null;
  readonly pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function infoOf(call: KernelCall<ConvAttrs>, isDepthwise: boolean): tf.backend_util.Conv2DInfo {
  const { strides, dilations, pad, dimRoundingMode } = call.attrs;
  const { computeConv2DInfo } = tf.backend_util;
  return computeConv2DInfo(
    inputOf(call, 'x').shape as Shape4,
    inputOf(call, 'filter').shape as Shape4,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    isDepthwise,
  );
}

/** "same" padding as numbers; other padding as it is. */
function explicitPadding(
  { pad }: ConvAttrs,
  { padInfo }: tf.backend_util.Conv2DInfo,
): ConvAttrs['pad'] {
  if (pad !== 'same') return pad;
  const { top, bottom, left, right } = padInfo;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function convolve(
  call: KernelCall<ConvAttrs>,
  native: NativeKernel,
  isDepthwise: boolean,
): tf.Tensor {
  const info = infoOf(call, isDepthwise);
  const fast = native(
    { ...call.inputs },
    { ...call.attrs, pad: explicitPadding(call.attrs, info) },
  );
  return finiteOr(fast, () => {
    const careful = isDepthwise ? carefulDepthwise : carefulConv;
    const y = careful(inputOf(call, 'x'), inputOf(call, 'filter'), windowAxes2D(info));
    const { bias } = call.inputs;
    return bias === undefined ? y : tf.add(y, bias);
  });
}

function conv(kernelName: string, isDepthwise: boolean): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<ConvAttrs>, native) => convolve(call, native, isDepthwise),
  };
}

function fusedConv(kernelName: string, isDepthwise: boolean): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<ConvAttrs & FusedAttrs>, native) =>
      activate(convolve(withoutActivation(call), native, isDepthwise), call),
  };
}

/** `conv2d`, `depthwiseConv2d` and their fused forms, NHWC. */
export const convolutions: readonly ComposedKernel[] = [
  conv(tf.Conv2D, false),
  conv(tf.DepthwiseConv2dNative, true),
  fusedConv(tf.FusedConv2D, false),
  fusedConv(tf.FusedDepthwiseConv2D, true),
];
