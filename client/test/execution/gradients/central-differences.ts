import * as tf from '@tensorflow/tfjs';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { numbersOf, requestOf } from '../operations/requests.ts';

/** Replaces tensors within arguments as tfjs takes them. */
export function substitute(given: unknown, swap: (tensor: tf.Tensor) => unknown): unknown {
  if (given instanceof tf.Tensor) return swap(given);
  if (Array.isArray(given)) return given.map((item) => substitute(item, swap));
  if (typeof given !== 'object' || given === null) return given;
  const entries = Object.entries(given).map(([key, item]) => [key, substitute(item, swap)]);
  return Object.fromEntries(entries);
}

/** The float32 tensors among arguments, each once. */
export function floatsAmong(given: unknown): tf.Tensor[] {
  const found = new Set<tf.Tensor>();
  substitute(given, (tensor) => {
    if (tensor.dtype === 'float32' && tensor.size > 0) found.add(tensor);
    return tensor;
  });
  return [...found];
}

/** A call of an operation whose float32 results are weighted and summed. */
export interface Weighted {
  readonly op: string;
  readonly given: readonly unknown[];
  /** Weights of each result; `undefined` for results of another dtype. */
  readonly weights: readonly (tf.Tensor | undefined)[];
}

/** A step of one of the tensors of a call. */
export interface Step {
  readonly x: tf.Tensor;
  /** By element of `x`. */
  readonly direction: readonly number[];
}

/** Σ weight · result in float64, where `x` is moved by so many steps; and Σ |weight · result|. */
export function valueAt(
  { op, given, weights }: Weighted,
  { x, direction }: Step,
  count: number,
): { readonly value: number; readonly magnitude: number } {
  const values = numbersOf(x).map((value, index) => value + count * (direction[index] ?? 0));
  const moved = tf.tensor(values, x.shape);
  const there = substitute(given, (tensor) => (tensor === x ? moved : tensor)) as unknown[];
  const results = runOperation(tf, requestOf(op, there));
  const terms = results.flatMap((result, place) => {
    const own = weights[place];
    if (own === undefined) return [];
    const weight = numbersOf(own);
    return numbersOf(result).map((number, index) => number * (weight[index] ?? 0));
  });
  tf.dispose([results, moved]);
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return { value: sum(terms), magnitude: sum(terms.map(Math.abs)) };
}

/**
 * Derivative along a direction where the call is smooth: there, steps of two lengths tell the same.
 *
 * @returns `undefined` where they don't, as around the tie of two elements of which one is the larger.
 */
export function smoothDerivativeAlong(
  call: Weighted,
  step: Step,
  h: number,
): Derivative | undefined {
  const [long, short] = [derivativeAlong(call, step, h), derivativeAlong(call, step, h / 3)];
  const difference = Math.abs(long.derivative - short.derivative);
  const noise = long.noise + short.noise;
  const isSmooth = difference <= 1e-3 * Math.abs(long.derivative) + noise;
  return isSmooth ? { derivative: long.derivative, noise } : undefined;
}

/** A derivative, and how far off the rounding of float32 results may take it. */
export interface Derivative {
  readonly derivative: number;
  readonly noise: number;
}

/**
 * Derivative along a direction, by central differences of fourth order.
 *
 * @param h - Length of a step; the outermost points are two of them away.
 */
function derivativeAlong(call: Weighted, step: Step, h: number): Derivative {
  const [before, after, farBefore, farAfter] = [-h, h, -2 * h, 2 * h].map((count) =>
    valueAt(call, step, count),
  ) as [Values, Values, Values, Values];
  const near = after.value - before.value;
  const far = farAfter.value - farBefore.value;
  return {
    derivative: (8 * near - far) / (12 * h),
    // Half a unit in the last of 24 bits for each term, a few such steps within a kernel, 18 / 12 terms.
    noise: (2 ** -21 * (before.magnitude + after.magnitude)) / h,
  };
}

type Values = ReturnType<typeof valueAt>;
