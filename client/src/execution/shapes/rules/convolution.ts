/** Kernels that move a filter over a tensor, and their gradients. */
import type { backend_util } from '@tensorflow/tfjs';
import { checkGradientPadding, checkPadding, inputOf, integersOf, windowOf } from '../arguments.ts';
import { checkFilledWindows } from '../filled-windows.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelPlan, type KernelRule } from '../spec.ts';
import { activated } from './products.ts';

type Shape = readonly number[];
type Info = backend_util.Conv2DInfo | backend_util.Conv3DInfo;
interface Shapes {
  readonly x: Shape;
  readonly filter: Shape;
}

type InfoOf = (call: KernelCall, shapes: Shapes) => Info;

const info2d =
  (isDepthwise: boolean): InfoOf =>
  ({ tf, attrs }, { x, filter }) => {
    const { strides, dilations, pad, dimRoundingMode, dataFormat } = attrs;
    return tf.backend_util.computeConv2DInfo(
      [...x] as [number, number, number, number],
      [...filter] as [number, number, number, number],
      strides as number,
      (dilations ?? 1) as number,
      pad as number,
      dimRoundingMode as 'floor',
      isDepthwise,
      tf.backend_util.convertConv2DDataFormat((dataFormat ?? 'NHWC') as 'NHWC'),
    );
  };

const info3d: InfoOf = ({ tf, attrs }, { x, filter }) =>
  tf.backend_util.computeConv3DInfo(
    [...x] as [number, number, number, number, number],
    [...filter] as [number, number, number, number, number],
    attrs['strides'] as number,
    (attrs['dilations'] ?? 1) as number,
    attrs['pad'] as 'valid',
  );

interface Checks extends Shapes {
  readonly checkPad: (call: KernelCall) => void;
}

function checked(call: KernelCall, infoOf: InfoOf, { checkPad, ...shapes }: Checks): Info {
  windowOf(call, 'strides');
  if (call.attrs['dilations'] !== undefined) windowOf(call, 'dilations');
  checkPad(call);
  return infoOf(call, shapes);
}

const forward =
  (infoOf: InfoOf, weightsPerOutput: (filter: Shape) => number): KernelRule =>
  (call) => {
    const [x, filter] = [inputOf(call, 'x'), inputOf(call, 'filter')];
    const { outShape } = checked(call, infoOf, {
      x: x.shape,
      filter: filter.shape,
      checkPad: checkPadding,
    });
    const work = elementsOf(outShape) * Math.max(1, weightsPerOutput(filter.shape));
    return { outputs: [{ shape: outShape, dtype: x.dtype }], work };
  };

const backward =
  (infoOf: InfoOf, of: 'input' | 'filter'): KernelRule =>
  (call) => {
    const dy = inputOf(call, 'dy');
    const other = inputOf(call, of === 'input' ? 'filter' : 'x');
    const shape = integersOf(call, of === 'input' ? 'inputShape' : 'filterShape', { min: 0 });
    const shapes =
      of === 'input' ? { x: shape, filter: other.shape } : { x: other.shape, filter: shape };
    const { outShape } = checked(call, infoOf, { ...shapes, checkPad: checkGradientPadding });
    if (outShape.join() !== dy.shape.join()) {
      refuse(
        'argument-invalid',
        `${call.kernel} got [${dy.shape}] where the convolution makes [${outShape}]`,
      );
    }
    const work = elementsOf(dy.shape) * Math.max(1, elementsOf(shapes.filter)) + elementsOf(shape);
    return { outputs: [{ shape, dtype: 'float32' }], work };
  };

const filterWithoutOutputs = (filter: Shape) => elementsOf(filter.slice(0, -1));
const filterWindow = (filter: Shape) => elementsOf(filter.slice(0, 2));

const conv2d = forward(info2d(false), filterWithoutOutputs);
const depthwise = forward(info2d(true), filterWindow);

const dilation = ({ tf, attrs }: KernelCall, { x, filter }: Shapes): backend_util.Conv2DInfo =>
  tf.backend_util.computeDilation2DInfo(
    [...x] as [number, number, number, number],
    [...filter] as [number, number, number],
    attrs['strides'] as number,
    attrs['pad'] as 'valid',
    'NHWC',
    attrs['dilations'] as number,
  );

/** An element of a window, found by its place, takes as long as 30 multiply-adds. */
const dilation2d: KernelRule = (call) => {
  const plan = forward(dilation, (filter) => 30 * filterWindow(filter))(call);
  const [x, filter] = [inputOf(call, 'x'), inputOf(call, 'filter')];
  const info = dilation(call, { x: x.shape, filter: filter.shape });
  checkFilledWindows(call, { dtype: x.dtype, info });
  return plan;
};

const dilationGrad =
  (of: 'x' | 'filter'): KernelRule =>
  (call): KernelPlan => {
    const plan = dilation2d(call);
    return {
      outputs: [inputOf(call, of)],
      work: (plan.work ?? 0) + elementsOf(inputOf(call, of).shape),
    };
  };

/** Rules by kernel. */
export const CONVOLUTION: Readonly<Record<string, KernelRule>> = {
  Conv2D: conv2d,
  Conv2DBackpropFilter: backward(info2d(false), 'filter'),
  Conv2DBackpropInput: backward(info2d(false), 'input'),
  Conv3D: forward(info3d, filterWithoutOutputs),
  Conv3DBackpropFilterV2: backward(info3d, 'filter'),
  Conv3DBackpropInputV2: backward(info3d, 'input'),
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropFilter: backward(info2d(true), 'filter'),
  DepthwiseConv2dNativeBackpropInput: backward(info2d(true), 'input'),
  Dilation2D: dilation2d,
  Dilation2DBackpropFilter: dilationGrad('filter'),
  Dilation2DBackpropInput: dilationGrad('x'),
  FusedConv2D: (call) => activated(call, conv2d(call)),
  FusedDepthwiseConv2D: (call) => activated(call, depthwise(call)),
};
