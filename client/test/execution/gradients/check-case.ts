import * as tf from '@tensorflow/tfjs';
import { CommandError } from '@tributary/client/protocol';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { numbersOf, requestOf } from '../operations/requests.ts';
import {
  floatsAmong,
  smoothDerivativeAlong,
  valueAt,
  type Weighted,
} from './central-differences.ts';
import { SMOOTH_MAKERS } from './makers.ts';
import { gradientsAt } from './remote-gradients.ts';
import { SmoothInputs } from './smooth-inputs.ts';

/** Part of Σ|gradient · direction| that a derivative may be off by: fourth-order differences of steep functions. */
const TOLERANCE = 2e-3;

/** What became of one case. */
export type Outcome =
  /** There is nothing to differentiate: no float32 goes in, or comes out. */
  | { readonly kind: 'none' }
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong'; readonly how: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** One case: random arguments and weights. */
export interface Case {
  readonly random: SmoothInputs;
  readonly call: Weighted;
  readonly xs: readonly tf.Tensor[];
}

/** Draws a case; `undefined` where there is nothing to differentiate. */
export function drawCase(op: string, seed: number): Case | undefined {
  const random = new SmoothInputs(seed);
  const given = SMOOTH_MAKERS[op]?.(random) ?? [];
  const xs = floatsAmong(given);
  const results = resultsOf(op, given);
  const weights = results.map(({ dtype, shape }) =>
    dtype === 'float32' ? random.between(-2, 2, shape) : undefined,
  );
  const isSmooth = results.every((result) => numbersOf(result).every(Number.isFinite));
  const isEmpty = weights.every((weight) => weight === undefined || weight.size === 0);
  tf.dispose(results);
  return xs.length === 0 || isEmpty || !isSmooth
    ? undefined
    : { random, call: { op, given, weights }, xs };
}

function resultsOf(op: string, given: readonly unknown[]): tf.Tensor[] {
  try {
    return runOperation(tf, requestOf(op, given));
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

/** The worker's gradients against central differences. */
export async function checkCase(drawn: Case | undefined): Promise<Outcome> {
  if (drawn === undefined) return { kind: 'none' };
  const { call, xs, random } = drawn;
  const gradients = await refusalOr(gradientsAt(call, xs));
  if ('kind' in gradients) return gradients;
  for (const [index, x] of xs.entries()) {
    for (const direction of directionsOf(random, x.size)) {
      const measured = smoothDerivativeAlong(call, { x, direction }, random.stepMax);
      if (measured === undefined) continue;
      const { derivative, noise } = measured;
      const products = along(gradients[index] as tf.Tensor, direction);
      const scale = products.reduce((sum, product) => sum + Math.abs(product), 0);
      const got = products.reduce((a, b) => a + b, 0);
      if (!(Math.abs(got - derivative) <= TOLERANCE * scale + noise)) {
        return { kind: 'wrong', how: `tensor ${index} [${x.shape}]: ${got}, not ${derivative}` };
      }
    }
  }
  return { kind: 'right' };
}

/** The same where results are linear in each tensor: on small integers, to the last bit. */
export async function checkExactly(drawn: Case | undefined): Promise<Outcome> {
  if (drawn === undefined) return { kind: 'none' };
  const { call, xs, random } = drawn;
  const gradients = await refusalOr(gradientsAt(call, xs));
  if ('kind' in gradients) return gradients;
  for (const [index, x] of xs.entries()) {
    const direction = integersLike(random, x.size);
    const far = valueAt(call, { x, direction }, 1).value;
    const near = valueAt(call, { x, direction }, 0).value;
    const got = along(gradients[index] as tf.Tensor, direction).reduce((a, b) => a + b, 0);
    if (got !== far - near) {
      return { kind: 'wrong', how: `tensor ${index} [${x.shape}]: ${got}, not ${far - near}` };
    }
  }
  return { kind: 'right' };
}

async function refusalOr(
  gradients: Promise<tf.Tensor[]>,
): Promise<tf.Tensor[] | Extract<Outcome, { kind: 'refused' }>> {
  try {
    return await gradients;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
}

function along(gradient: tf.Tensor, direction: readonly number[]): number[] {
  return numbersOf(gradient).map((value, index) => value * (direction[index] ?? 0));
}

/** Two that move every element, and two that move one. */
function directionsOf(random: SmoothInputs, size: number): number[][] {
  const dense = () => Array.from({ length: size }, () => random.fraction() * 2 - 1);
  const single = () => {
    const place = random.int(0, size - 1);
    return Array.from({ length: size }, (_, index) => (index === place ? 1 : 0));
  };
  return [dense(), dense(), single(), single()];
}

function integersLike(random: SmoothInputs, size: number): number[] {
  return Array.from({ length: size }, () => random.int(-3, 3));
}
