/**
 * 2-D convolutions with "same" padding. Where the stride exceeds the filter, the wasm backend
 * computes a negative padding and returns zeros without a word; the numbers it should have used
 * are passed explicitly instead.
 */
import * as tf from '@tensorflow/tfjs';
import { activated, type FusedAttrs } from './activation.ts';
import { type ComposedKernel, inputOf, type KernelCall, type NativeKernel } from './kernel.ts';

type Shape4 = [number, number, number, number];

interface ConvAttrs {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number | null;
  readonly pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

/** `attrs`, "same" padding written out as numbers. */
function withExplicitPadding<Attrs extends ConvAttrs>(
  call: KernelCall<Attrs>,
  isDepthwise: boolean,
): Attrs {
  const { attrs } = call;
  if (attrs.pad !== 'same' || attrs.dataFormat === 'NCHW') return attrs;
  const x = inputOf(call, 'x').shape as Shape4;
  const filter = inputOf(call, 'filter').shape as Shape4;
  const { strides } = attrs;
  const dilations = attrs.dilations ?? 1;
  const { computeConv2DInfo } = tf.backend_util;
  const { padInfo } = computeConv2DInfo(
    x,
    filter,
    strides,
    dilations,
    'same',
    undefined,
    isDepthwise,
  );
  const pad = [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ];
  return { ...attrs, pad };
}

function conv(kernelName: string, isDepthwise: boolean): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<ConvAttrs>, native: NativeKernel) =>
      native({ ...call.inputs }, withExplicitPadding(call, isDepthwise)),
  };
}

function fusedConv(kernelName: string, isDepthwise: boolean): ComposedKernel {
  return {
    kernelName,
    compose: (call: KernelCall<ConvAttrs & FusedAttrs>, native: NativeKernel) =>
      activated(withExplicitPadding(call, isDepthwise), (attrs) =>
        native({ ...call.inputs }, attrs),
      ),
  };
}

/** `conv2d`, `depthwiseConv2d` and their fused forms, NHWC. */
export const samePaddedConvolutions: readonly ComposedKernel[] = [
  conv(tf.Conv2D, false),
  conv(tf.DepthwiseConv2dNative, true),
  fusedConv(tf.FusedConv2D, false),
  fusedConv(tf.FusedDepthwiseConv2D, true),
];
