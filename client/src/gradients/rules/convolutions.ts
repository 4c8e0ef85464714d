/**
 * Convolutions, and their gradients' gradients. TensorFlow.js forgets how sizes were rounded, refuses
 * dilations, and has no gradient of transposed 3-D convolutions and of gradients by the filter.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { dilateFilter, dilationsOf, undilateFilter } from '../dilated-filter.ts';
import { type GradientRules, gradient, runKernel, type Tf } from '../rule.ts';
import { convPadding } from '../windows.ts';

/** Kernels of one kind of convolution. */
interface Kernels {
  readonly forward: string;
  readonly backInput: string;
  readonly backFilter: string;
  readonly spatialRank: 2 | 3;
}

const CONV_2D: Kernels = {
  forward: 'Conv2D',
  backInput: 'Conv2DBackpropInput',
  backFilter: 'Conv2DBackpropFilter',
  spatialRank: 2,
};
const DEPTHWISE: Kernels = {
  forward: 'DepthwiseConv2dNative',
  backInput: 'DepthwiseConv2dNativeBackpropInput',
  backFilter: 'DepthwiseConv2dNativeBackpropFilter',
  spatialRank: 2,
};
const CONV_3D: Kernels = {
  forward: 'Conv3D',
  backInput: 'Conv3DBackpropInputV2',
  backFilter: 'Conv3DBackpropFilterV2',
  spatialRank: 3,
};

/** What the three kernels share: how the window moves. */
function movesOf(
  tf: Tf,
  { forward, spatialRank }: Kernels,
  { x, filter, attrs }: { x: readonly number[]; filter: readonly number[]; attrs: NamedAttrMap },
): object {
  const { strides, pad, dataFormat } = attrs;
  const shapes = { x, filter, isDepthwise: forward === DEPTHWISE.forward };
  return {
    strides,
    pad: spatialRank === 2 ? convPadding(tf, shapes, attrs) : pad,
    ...(dataFormat === undefined ? {} : { dataFormat }),
    ...(forward === DEPTHWISE.forward ? { dilations: [1, 1] } : {}),
  };
}

function forwardGradient(tf: Tf, kernels: Kernels): GradConfig {
  return gradient(kernels.forward, { inputs: ['x', 'filter'] }, (dy, saved, attrs) => {
    const [x, filter] = saved as [Tensor, Tensor];
    const dilations = dilationsOf(attrs['dilations'], kernels.spatialRank);
    const isDilated = dilations.some((dilation) => dilation > 1);
    const wide = () => (isDilated ? dilateFilter(tf, filter, dilations) : filter);
    const moves = movesOf(tf, kernels, { x: x.shape, filter: filter.shape, attrs });
    return {
      x: () =>
        runKernel(tf, kernels.backInput, {
          inputs: { dy, filter: wide() },
          attrs: { ...moves, inputShape: x.shape },
        }),
      filter: () => {
        const dWide = runKernel(tf, kernels.backFilter, {
          inputs: { x, dy },
          attrs: { ...moves, filterShape: wide().shape },
        });
        return isDilated ? undilateFilter(tf, dWide, dilations) : dWide;
      },
    };
  });
}

/** As attributes of the forward kernel. */
function forwardAttrs({ spatialRank }: Kernels, attrs: NamedAttrMap): object {
  const { inputShape: _, filterShape: __, ...moves } = attrs;
  return {
    dataFormat: spatialRank === 2 ? 'NHWC' : 'NDHWC',
    ...moves,
    dilations: Array(spatialRank).fill(1),
  };
}

/** The gradient by the input is linear in the outer gradient and in the filter; transposed convolutions are it. */
function backInputGradient(tf: Tf, kernels: Kernels): GradConfig {
  return gradient(kernels.backInput, { inputs: ['dy', 'filter'] }, (ddx, saved, attrs) => {
    const [dy, filter] = saved as [Tensor, Tensor];
    const moves = movesOf(tf, kernels, { x: ddx.shape, filter: filter.shape, attrs });
    return {
      dy: () =>
        runKernel(tf, kernels.forward, {
          inputs: { x: ddx, filter },
          attrs: forwardAttrs(kernels, { ...attrs, ...moves } as NamedAttrMap),
        }),
      filter: () =>
        runKernel(tf, kernels.backFilter, {
          inputs: { x: ddx, dy },
          attrs: { ...moves, filterShape: filter.shape },
        }),
    };
  });
}

function backFilterGradient(tf: Tf, kernels: Kernels): GradConfig {
  return gradient(kernels.backFilter, { inputs: ['x', 'dy'] }, (ddFilter, saved, attrs) => {
    const [x, dy] = saved as [Tensor, Tensor];
    const moves = movesOf(tf, kernels, { x: x.shape, filter: ddFilter.shape, attrs });
    return {
      x: () =>
        runKernel(tf, kernels.backInput, {
          inputs: { dy, filter: ddFilter },
          attrs: { ...moves, inputShape: x.shape },
        }),
      dy: () =>
        runKernel(tf, kernels.forward, {
          inputs: { x, filter: ddFilter },
          attrs: forwardAttrs(kernels, { ...attrs, ...moves } as NamedAttrMap),
        }),
    };
  });
}

/** Gradients of 2-D, 3-D and depthwise convolutions, and of their gradients. */
export const CONVOLUTIONS: GradientRules = (tf) =>
  [CONV_2D, DEPTHWISE, CONV_3D].flatMap((kernels) => [
    forwardGradient(tf, kernels),
    backInputGradient(tf, kernels),
    backFilterGradient(tf, kernels),
  ]);
