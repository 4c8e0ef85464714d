/** Kernels that take dimensions together, or run along one. */
import type { DataType } from '@tensorflow/tfjs';
import { axesOf, axisOf, inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import type { KernelRule } from '../spec.ts';
import { elementsOf, type Tf } from '../spec.ts';

type DtypeOf = (tf: Tf, dtype: DataType) => DataType;

const atLeastInt32: DtypeOf = (tf, dtype) => tf.upcastType(dtype, 'int32');
const same: DtypeOf = (_tf, dtype) => dtype;

const reduction =
  (dtypeOf: DtypeOf, axisName = 'axis'): KernelRule =>
  (call) => {
    const { shape, dtype } = inputOf(call, 'x');
    const axes = new Set(axesOf(call, axisName, shape.length));
    const keptShape = shape.map((size, axis) => (axes.has(axis) ? 1 : size));
    const outShape = call.attrs['keepDims']
      ? keptShape
      : shape.filter((_, axis) => !axes.has(axis));
    const outputs = [{ shape: outShape, dtype: dtypeOf(call.tf, dtype) }];
    return { outputs, work: elementsOf(shape), scratchElements: elementsOf(shape) };
  };

/** The least or greatest of no elements; float32 has NaN for it, and other dtypes nothing. */
const extreme = (axisName: string): KernelRule => {
  const reduce = reduction(same, axisName);
  return (call) => {
    const { shape, dtype } = inputOf(call, 'x');
    const plan = reduce(call);
    const isMade = elementsOf(plan.outputs[0]?.shape ?? []) > 0;
    if (dtype !== 'float32' && isMade && elementsOf(shape) === 0) {
      refuse(
        'argument-invalid',
        `${call.kernel} got ${dtype} [${shape}] as x, expected an element for each result; leave empty tensors out`,
      );
    }
    return plan;
  };
};

const argument: KernelRule = (call) => {
  const { shape } = inputOf(call, 'x');
  const reduced = axisOf(call, 'axis', shape.length);
  const outputs = [{ shape: shape.filter((_, axis) => axis !== reduced), dtype: 'int32' as const }];
  return { outputs, work: elementsOf(shape), scratchElements: elementsOf(shape) };
};

const cumulation: KernelRule = (call) => {
  const { shape, dtype } = inputOf(call, 'x');
  // Of a scalar the cpu kernel makes 0, or 1.
  axisOf(call, 'axis', shape.length);
  return { outputs: [{ shape, dtype: atLeastInt32(call.tf, dtype) }] };
};

/** Rules by kernel. */
export const REDUCTIONS: Readonly<Record<string, KernelRule>> = {
  All: reduction(same),
  Any: reduction(same),
  ArgMax: argument,
  ArgMin: argument,
  Cumprod: cumulation,
  Cumsum: cumulation,
  Max: extreme('reductionIndices'),
  Mean: reduction(() => 'float32'),
  Min: extreme('axis'),
  Prod: reduction(atLeastInt32),
  Sum: reduction(atLeastInt32),
};
