/** Kernels that combine elements of tensors whose shapes are brought together. */
import type { DataType } from '@tensorflow/tfjs';
import { inputListOf, inputOf } from '../arguments.ts';
import { refuse } from '../refuse.ts';
import { elementsOf, type KernelCall, type KernelRule } from '../spec.ts';

function broadcastShape({ tf }: KernelCall, a: readonly number[], b: readonly number[]): number[] {
  return tf.backend_util.assertAndGetBroadcastShape([...a], [...b]);
}

const binary =
  (
    dtypeOf: (a: DataType, b: DataType) => DataType,
    names: readonly [string, string] = ['a', 'b'],
  ): KernelRule =>
  (call) => {
    const [a, b] = [inputOf(call, names[0]), inputOf(call, names[1])];
    const shape = broadcastShape(call, a.shape, b.shape);
    return { outputs: [{ shape, dtype: dtypeOf(a.dtype, b.dtype) }] };
  };

const arithmetic = binary((a) => a);
const complexArithmetic = binary((a, b) => (b === 'complex64' ? b : a));
const comparison = binary(() => 'bool');

const addN: KernelRule = (call) => {
  const [first, ...others] = inputListOf(call);
  for (const { shape, dtype } of others) {
    if (shape.join() !== first.shape.join() || dtype !== first.dtype) {
      refuse('argument-invalid', 'AddN got tensors of different shapes or dtypes; give equal ones');
    }
  }
  return { outputs: [first], work: (others.length + 1) * first.shape.reduce((a, b) => a * b, 1) };
};

const select: KernelRule = (call) => {
  const [condition, then, otherwise] = ['condition', 't', 'e'].map((name) => inputOf(call, name));
  if (!condition || !then || !otherwise)
    return refuse('argument-missing', 'Select needs 3 tensors');
  const isRowwise = condition.shape.length === 1 && condition.shape[0] === then.shape[0];
  const isSame = condition.shape.join() === then.shape.join();
  const isMatched = then.shape.join() === otherwise.shape.join() && (isRowwise || isSame);
  // tfjs leaves sizes of 1 as they are where they should become 0, and there is nothing to select.
  const isEmpty =
    elementsOf(then.shape) === 0 &&
    [condition, otherwise].every(
      ({ shape }) => broadcastShape(call, then.shape, shape).join() === then.shape.join(),
    );
  if (!isMatched && !isEmpty) {
    refuse(
      'argument-invalid',
      `Select got shapes [${condition.shape}], [${then.shape}], [${otherwise.shape}]`,
    );
  }
  const dtype = call.tf.upcastType(then.dtype, otherwise.dtype);
  return { outputs: [{ shape: then.shape, dtype }] };
};

const eluGrad: KernelRule = (call) => ({
  outputs: [{ shape: inputOf(call, 'y').shape, dtype: 'float32' }],
});

/** Rules by kernel. */
export const BROADCASTING: Readonly<Record<string, KernelRule>> = {
  Add: complexArithmetic,
  AddN: addN,
  Atan2: arithmetic,
  BitwiseAnd: arithmetic,
  EluGrad: eluGrad,
  Equal: comparison,
  FloorDiv: binary(() => 'int32'),
  Greater: comparison,
  GreaterEqual: comparison,
  Less: comparison,
  LessEqual: comparison,
  LogicalAnd: comparison,
  LogicalOr: comparison,
  Maximum: arithmetic,
  Minimum: arithmetic,
  Mod: arithmetic,
  Multiply: complexArithmetic,
  NotEqual: comparison,
  Pow: arithmetic,
  Prelu: binary(() => 'float32', ['x', 'alpha']),
  RealDiv: arithmetic,
  Select: select,
  SquaredDifference: arithmetic,
  Sub: complexArithmetic,
};
