import type { NamedAttrMap } from '@tensorflow/tfjs';
import { elementsOf, type KernelPlan } from '../shapes/spec.ts';
import type { ValuedInput } from './values/kernel-values.ts';

/** A heavy kernel on float32 tensors that have elements, of moderate numbers. */
export interface HeavyKernel {
  /** tfjs's name of the kernel, such as `BatchMatMul`. */
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, ValuedInput & { readonly values: Float32Array }>>;
  readonly attrs: NamedAttrMap;
  /** Shapes of what it makes; the dtype is float32. */
  readonly outputShapes: readonly (readonly number[])[];
}

/**
 * Computes a heavy kernel faster than the cpu backend does.
 *
 * @returns the outputs' values; `undefined` when it can't, and then the cpu backend computes it.
 */
export type Accelerate = (call: HeavyKernel) => readonly Float32Array[] | undefined;

/** Kernels whose time is worth moving tensors to and fro. */
const HEAVY: ReadonlySet<string> = new Set([
  'AvgPool',
  'BatchMatMul',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'DepthwiseConv2dNative',
  'FusedConv2D',
  'FusedDepthwiseConv2D',
  'MaxPool',
  '_FusedMatMul',
]);

/** Least work in multiply-adds: below it the cpu backend is done within about a millisecond. */
const HEAVY_WORK_MIN: number = 2 ** 18;

/** Largest number of an input: with it, a sum of 2^25 products of two stays within float32, which libraries sum in; the cpu backend does not. */
const MAGNITUDE_MAX: number = 2 ** 48;

/** The call that may be accelerated, or `undefined`. */
export function heavyKernel(
  { kernel, attrs }: Pick<HeavyKernel, 'kernel' | 'attrs'>,
  plan: KernelPlan,
  inputs: () => Readonly<Record<string, ValuedInput>>,
): HeavyKernel | undefined {
  if (!HEAVY.has(kernel) || (plan.work ?? 0) < HEAVY_WORK_MIN) return undefined;
  const outputShapes = plan.outputs.map(({ shape }) => shape ?? []);
  const valued = inputs();
  const isEmpty = outputShapes.some((shape) => elementsOf(shape) === 0);
  if (isEmpty || !areModerate(valued)) return undefined;
  const call = { kernel, attrs, inputs: valued, outputShapes };
  return isOrdinary(call) ? call : undefined;
}

function areModerate(
  inputs: Readonly<Record<string, ValuedInput>>,
): inputs is Readonly<Record<string, ValuedInput & { readonly values: Float32Array }>> {
  return Object.values(inputs).every(
    ({ dtype, values }) =>
      dtype === 'float32' &&
      values.length > 0 &&
      values.every((value) => Math.abs(value) <= MAGNITUDE_MAX),
  );
}

/**
 * True for what libraries compute as tfjs's cpu backend does. Where padding is in numbers, some lay
 * fewer windows than tfjs makes room for. WebAssembly's kernels take PReLU's weights, and a bias of
 * any shape, for one number per channel, out of the tensor even; finish the first of several products
 * alone; and make zeros where strides are wider than the filter.
 */
function isOrdinary({ kernel, attrs, inputs, outputShapes }: HeavyKernel): boolean {
  const { pad = 'valid', dataFormat, strides } = attrs;
  const { bias, filter, preluActivationWeights } = inputs;
  const [shape] = outputShapes;
  const [rows = 1, columns = rows] = [strides].flat() as number[];
  const [height = rows, width = columns] = filter?.shape ?? [];
  return (
    (pad === 'valid' || (pad === 'same' && rows <= height && columns <= width)) &&
    dataFormat !== 'NCHW' &&
    (kernel !== '_FusedMatMul' || shape?.[0] === 1) &&
    (bias === undefined || bias.shape.join() === `${shape?.at(-1)}`) &&
    preluActivationWeights === undefined
  );
}
