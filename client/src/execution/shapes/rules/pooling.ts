/** Kernels that take windows of a tensor together, and their gradients. */
import type { backend_util, DataType } from '@tensorflow/tfjs';
import { checkGradientPadding, checkPadding, inputOf, integerOf, windowOf } from '../arguments.ts';
import { checkFilledWindows } from '../filled-windows.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelRule } from '../spec.ts';

type Shape = readonly number[];

function info2d({ tf, attrs }: KernelCall, x: Shape): backend_util.Conv2DInfo {
  return tf.backend_util.computePool2DInfo(
    [...x] as [number, number, number, number],
    attrs['filterSize'] as number,
    attrs['strides'] as number,
    1,
    attrs['pad'] as number,
    attrs['dimRoundingMode'] as 'floor',
  );
}

function outShape2d(call: KernelCall, x: Shape): Shape {
  return info2d(call, x).outShape;
}

function outShape3d({ tf, attrs }: KernelCall, x: Shape): Shape {
  return tf.backend_util.computePool3DInfo(
    [...x] as [number, number, number, number, number],
    attrs['filterSize'] as number,
    attrs['strides'] as number,
    1,
    attrs['pad'] as number,
    attrs['dimRoundingMode'] as 'floor',
    (attrs['dataFormat'] ?? 'NDHWC') as 'NDHWC',
  ).outShape;
}

function checkWindow(call: KernelCall, checkPad = checkPadding): void {
  windowOf(call, 'filterSize');
  windowOf(call, 'strides');
  checkPad(call);
}

/** Work for each output: an element of the window takes as long as four multiply-adds. */
function workOfWindow({ attrs }: KernelCall, dimensions: number): number {
  const size = attrs['filterSize'];
  return 4 * (Array.isArray(size) ? elementsOf(size.map(Number)) : Number(size) ** dimensions);
}

interface Pooling {
  readonly dimensions: 2 | 3;
  /** @default that of the input */
  readonly dtype?: DataType;
}

const pool =
  ({ dimensions, dtype }: Pooling): KernelRule =>
  (call) => {
    const x = inputOf(call, 'x');
    checkWindow(call);
    const shape = (dimensions === 2 ? outShape2d : outShape3d)(call, x.shape);
    const work = elementsOf(shape) * workOfWindow(call, dimensions);
    return { outputs: [{ shape, dtype: dtype ?? x.dtype }], work };
  };

const gradient =
  (dimensions: 2 | 3): KernelRule =>
  (call) => {
    const [dy, input] = [inputOf(call, 'dy'), inputOf(call, 'input')];
    checkWindow(call, checkGradientPadding);
    const shape = (dimensions === 2 ? outShape2d : outShape3d)(call, input.shape);
    if (shape.join() !== dy.shape.join()) {
      refuse(
        'argument-invalid',
        `${call.kernel} got [${dy.shape}] where the pooling makes [${shape}]`,
      );
    }
    const work = (elementsOf(shape) + elementsOf(input.shape)) * workOfWindow(call, dimensions);
    return { outputs: [{ shape: input.shape, dtype: 'float32' }], work };
  };

const max: KernelRule = (call) => {
  const plan = pool({ dimensions: 2 })(call);
  const { shape, dtype } = inputOf(call, 'x');
  checkFilledWindows(call, { dtype, info: info2d(call, shape) });
  return plan;
};

const maxWithArgmax: KernelRule = (call) => {
  const { outputs, work = 0 } = max(call);
  const [output] = outputs;
  // Goes through the windows twice, the second time by places.
  return {
    outputs: [...outputs, { shape: output?.shape ?? null, dtype: 'int32' }],
    work: 4 * work,
  };
};

const responseNormalization: KernelRule = (call) => {
  const x = inputOf(call, 'x');
  integerOf(call, 'depthRadius', { min: 0 });
  return { outputs: [x], work: elementsOf(x.shape) * Math.max(1, x.shape.at(-1) ?? 1) };
};

/** Rules by kernel. */
export const POOLING: Readonly<Record<string, KernelRule>> = {
  AvgPool: pool({ dimensions: 2 }),
  AvgPool3D: pool({ dimensions: 3, dtype: 'float32' }),
  AvgPool3DGrad: gradient(3),
  AvgPoolGrad: gradient(2),
  LRN: responseNormalization,
  LRNGrad: responseNormalization,
  MaxPool: max,
  MaxPool3D: pool({ dimensions: 3, dtype: 'float32' }),
  MaxPool3DGrad: gradient(3),
  MaxPoolGrad: gradient(2),
  MaxPoolWithArgmax: maxWithArgmax,
};
