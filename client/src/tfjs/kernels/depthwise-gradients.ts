/** Gradients of depthwise convolution, NHWC, which the wasm backend lacks. */
import * as tf from '@tensorflow/tfjs';
import { type ComposedKernel, inputOf, type KernelCall } from './kernel.ts';
import {
  gatherTap,
  padForTaps,
  scatterTaps,
  tapsOf,
  type WindowAxis,
  windowAxes2D,
} from './windows.ts';

type Shape4 = [number, number, number, number];

interface DepthwiseAttrs {
  readonly strides: [number, number] | number;
  readonly dilations?: [number, number] | number | null;
  readonly pad: Parameters<typeof tf.backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function axesOf(xShape: Shape4, filterShape: Shape4, attrs: DepthwiseAttrs): WindowAxis[] {
  const { strides, pad, dimRoundingMode } = attrs;
  const info = tf.backend_util.computeConv2DInfo(
    xShape,
    filterShape,
    strides,
    attrs.dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  return windowAxes2D(info);
}

/** dy as `[positions, inChannels, multiplier]`: channel c·multiplier + m of the output comes from channel c. */
function byChannel(dy: tf.Tensor, inChannels: number, multiplier: number): tf.Tensor3D {
  return tf.reshape(dy, [-1, inChannels, multiplier]);
}

/** dL/dfilter of `depthwiseConv2d`; float32 `[filterHeight, filterWidth, inChannels, multiplier]`. */
export const depthwiseFilterGradient: ComposedKernel = {
  kernelName: tf.DepthwiseConv2dNativeBackpropFilter,
  compose: (call: KernelCall<DepthwiseAttrs & { readonly filterShape: Shape4 }>) => {
    const x = inputOf(call, 'x');
    const { filterShape } = call.attrs;
    const axes = axesOf(x.shape as Shape4, filterShape, call.attrs);
    const dy = byChannel(inputOf(call, 'dy'), filterShape[2], filterShape[3]);
    const padded = padForTaps(x, axes);
    const parts = tapsOf(axes).map((tap) =>
      tf.tidy(() => {
        const gathered = tf.reshape(gatherTap(padded, axes, tap), [-1, filterShape[2], 1]);
        return tf.sum(tf.mul(gathered, dy), 0);
      }),
    );
    return tf.reshape(tf.stack(parts), filterShape);
  },
};

/** dL/dx of `depthwiseConv2d`. */
export const depthwiseInputGradient: ComposedKernel = {
  kernelName: tf.DepthwiseConv2dNativeBackpropInput,
  compose: (call: KernelCall<DepthwiseAttrs & { readonly inputShape: Shape4 }>) => {
    const filter = inputOf(call, 'filter');
    const [, , inChannels, multiplier] = filter.shape as Shape4;
    const axes = axesOf(call.attrs.inputShape, filter.shape as Shape4, call.attrs);
    const dyTensor = inputOf(call, 'dy');
    const dy = byChannel(dyTensor, inChannels, multiplier);
    const perTap = tf.reshape(filter, [-1, inChannels, multiplier]) as tf.Tensor3D;
    const shape = [...dyTensor.shape.slice(0, -1), inChannels];
    return scatterTaps(axes, (_, index) => {
      const tapFilter = tf.slice(perTap, [index, 0, 0], [1, inChannels, multiplier]);
      return tf.reshape(tf.sum(tf.mul(dy, tapFilter), 2), shape);
    });
  },
};
