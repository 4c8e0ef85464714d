/** Numbers that tensors of a dtype can hold; what they can't is refused instead of cut off in silence. */
import type { DataType } from '@tensorflow/tfjs';
import { refuse } from './refuse.ts';
import type { KernelCall, KernelPlan } from './spec.ts';

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const BOOL = { min: 0, max: 1 };

/** Kernels whose results are fractions, also of integers. */
const FRACTIONAL: ReadonlySet<string> = new Set(
  'Acos Acosh Asin Asinh Atan Atan2 Atanh AvgPool AvgPool3D Cos Cosh Elu Erf Expm1 FusedBatchNorm LRN Log Log1p RealDiv Reciprocal Rsqrt Selu Sigmoid Sin Sinh Softplus SparseSegmentMean Sqrt Tan Tanh'.split(
    ' ',
  ),
);

/** Kernels with an activation, and those activations whose results are fractions. */
const FRACTIONAL_ACTIVATIONS: readonly unknown[] = ['elu', 'sigmoid'];

function rangeOf(dtype: DataType): { readonly min: number; readonly max: number } | undefined {
  if (dtype === 'int32') return INT32;
  return dtype === 'bool' ? BOOL : undefined;
}

/** Whether a tensor of this dtype can hold the number: an integer within its range, or any float32. */
function holds(dtype: DataType, value: number): boolean {
  const range = rangeOf(dtype);
  if (range === undefined) return true;
  return Number.isInteger(value) && value >= range.min && value <= range.max;
}

interface Given {
  readonly name: string;
  readonly value: unknown;
  /** Of the tensor that shall hold it. */
  readonly dtype: DataType | null;
}

/**
 * Checks a number that becomes an element of a tensor.
 *
 * @throws {@link CommandError} `argument-invalid`
 */
export function checkHeld(
  { kernel }: Pick<KernelCall, 'kernel'>,
  { name, value, dtype }: Given,
): void {
  if (dtype === null || value === undefined || value === null || holds(dtype, Number(value))) {
    return;
  }
  const expected = dtype === 'bool' ? '0 or 1' : 'an integer of 32 bits';
  refuse(
    'argument-invalid',
    `${kernel} got another number as ${name} than ${dtype} holds, expected ${expected}; use a tensor of float32 for it`,
  );
}

/**
 * Checks a bound that elements are cut to; one beyond what the dtype holds changes nothing.
 *
 * @param side - Whether elements are at least or at most the bound.
 * @throws {@link CommandError} `argument-invalid`
 */
export function checkBound(
  call: Pick<KernelCall, 'kernel'>,
  { side, ...given }: Given & { readonly side: 'min' | 'max' },
): void {
  const range = given.dtype === null ? undefined : rangeOf(given.dtype);
  if (range === undefined) return;
  const bound = Number(given.value);
  const isIdle = side === 'min' ? bound <= range.min : bound >= range.max;
  if (!isIdle) checkHeld(call, given);
}

/**
 * Checks that a kernel makes no fractions for a tensor of integers or truth values.
 *
 * @throws {@link CommandError} `dtype-unsupported`
 */
export function checkFractions({ kernel, inputs, attrs }: KernelCall, plan: KernelPlan): void {
  const { dtype = null } = plan.outputs[0] ?? {};
  if (dtype !== 'int32' && dtype !== 'bool') return;
  const isActivated = FRACTIONAL_ACTIVATIONS.includes(attrs?.['activation']);
  if (!FRACTIONAL.has(kernel) && !isActivated) return;

  const what = isActivated ? `activation ${attrs['activation']}` : 'result';
  const [name = 'x'] = Object.entries(inputs).find(([, input]) => input?.dtype === dtype) ?? [];
  refuse(
    'dtype-unsupported',
    `${kernel} got ${dtype} as ${name}, expected float32, because its ${what} has fractions; cast it to float32 first`,
  );
}
