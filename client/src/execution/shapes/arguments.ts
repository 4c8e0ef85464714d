/** Kernels' arguments, read as what they must be. */
import { TENSOR_ELEMENTS_MAX } from '../../protocol/limits.ts';
import { refuse } from './refuse.ts';
import type { KernelCall, TensorSpec } from './spec.ts';

/** Bounds of an integer, both inclusive. */
export interface IntegerBounds {
  readonly min: number;
  /** @default Number.MAX_SAFE_INTEGER */
  readonly max?: number;
}

/** @throws {@link CommandError} `argument-missing` */
export function inputOf({ inputs, kernel }: KernelCall, name: string): TensorSpec {
  return inputs[name] ?? refuse('argument-missing', `${kernel} needs the tensor ${name}; give it`);
}

/** Inputs of a kernel that numbers them. */
export function inputListOf({ inputs, kernel }: KernelCall): [TensorSpec, ...TensorSpec[]] {
  const [first, ...others] = Object.values(inputs).filter((input) => input != null);
  if (first === undefined) refuse('argument-missing', `${kernel} needs at least one tensor`);
  return [first, ...others];
}

/** @throws {@link CommandError} `argument-invalid` */
export function integerOf(call: KernelCall, name: string, bounds: IntegerBounds): number {
  return checkInteger(call, { name, value: call.attrs[name], bounds });
}

/** @throws {@link CommandError} `argument-invalid` */
export function integersOf(call: KernelCall, name: string, bounds: IntegerBounds): number[] {
  return checkIntegers(call, { name, value: call.attrs[name], bounds });
}

/** One integer, or an integer for each dimension. */
export function windowOf(call: KernelCall, name: string): void {
  const value = call.attrs[name];
  const values = Array.isArray(value) ? value : [value];
  checkIntegers(call, { name, value: values, bounds: { min: 1 } });
}

/**
 * Pairs of what is added before and after each dimension.
 *
 * @param afterMin - Least that is added after; below 0, elements are left out.
 */
export function pairsOf(
  call: KernelCall,
  name: string,
  { count, afterMin = 0 }: { readonly count: number; readonly afterMin?: number },
): [number, number][] {
  const value = call.attrs[name];
  if (!Array.isArray(value) || value.length !== count) {
    refuse('argument-invalid', `${call.kernel} got no ${count} pairs as ${name}; give a pair each`);
  }
  return value.map((pair: unknown) => {
    const bounds = { min: Math.min(0, afterMin) };
    const [before, after, ...more] = checkIntegers(call, { name, value: pair, bounds });
    checkInteger(call, { name, value: before ?? 0, bounds: { min: 0 } });
    if (before === undefined || after === undefined || more.length > 0) {
      refuse(
        'argument-invalid',
        `${call.kernel} got no pairs as ${name}; give [before, after] each`,
      );
    }
    return [before, after];
  });
}

/** Padding of a window: a word, one integer, or a pair for each dimension. */
export function checkPadding(call: KernelCall): void {
  checkPad(call, 0);
}

/**
 * Padding of a window's gradient, which leaves elements out at the end where the window itself had
 * not gone; in numbers that no tensor is longer than.
 */
export function checkGradientPadding(call: KernelCall): void {
  checkPad(call, -TENSOR_ELEMENTS_MAX);
}

function checkPad(call: KernelCall, afterMin: number): void {
  const value = call.attrs['pad'];
  if (value === 'valid' || value === 'same') return;
  if (Array.isArray(value)) pairsOf(call, 'pad', { count: value.length, afterMin });
  else checkInteger(call, { name: 'pad', value, bounds: { min: 0 } });
}

/** Dimensions that an attribute names, from the first; all of them when it is absent. */
export function axesOf(call: KernelCall, name: string, rank: number): number[] {
  const value = call.attrs[name];
  if (value === undefined || value === null) return Array.from({ length: rank }, (_, axis) => axis);
  const values: unknown[] = Array.isArray(value) ? value : [value];
  if (values.length > 0) checkDimensions(call, rank);
  const axes = checkIntegers(call, { name, value: values, bounds: { min: -rank, max: rank - 1 } });
  const positive = axes.map((axis) => (axis < 0 ? axis + rank : axis));
  if (new Set(positive).size < positive.length) {
    refuse('argument-invalid', `${call.kernel} got one dimension twice in ${name}; name it once`);
  }
  return positive;
}

function checkDimensions({ kernel }: KernelCall, rank: number): void {
  if (rank > 0) return;
  refuse(
    'argument-invalid',
    `${kernel} got a scalar, expected a tensor with at least one dimension; reshape it to [1] first`,
  );
}

/** The one dimension that an attribute names, from the first. */
export function axisOf(call: KernelCall, name: string, rank: number): number {
  checkDimensions(call, rank);
  const axis = integerOf(call, name, { min: -rank, max: rank - 1 });
  return axis < 0 ? axis + rank : axis;
}

interface Checked {
  readonly name: string;
  readonly value: unknown;
  readonly bounds: IntegerBounds;
}

function checkIntegers(call: KernelCall, { name, value, bounds }: Checked): number[] {
  if (!Array.isArray(value)) {
    refuse('argument-invalid', `${call.kernel} got no array as ${name}; give an array of integers`);
  }
  return value.map((item: unknown) => checkInteger(call, { name, value: item, bounds }));
}

function checkInteger(call: KernelCall, { name, value, bounds }: Checked): number {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  if (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max) {
    return Number(value);
  }
  const got = typeof value === 'number' ? value : typeof value;
  return refuse(
    'argument-invalid',
    `${call.kernel} got ${got} as ${name}, expected integers from ${min} to ${max}`,
  );
}
