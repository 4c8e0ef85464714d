import type * as tf from '@tensorflow/tfjs';
import * as tfjs from '@tensorflow/tfjs';
import { CommandError } from '@tributary/client/protocol';
import { numbersOf } from '../operations/requests.ts';
import { substitute, type Weighted } from './central-differences.ts';
import type { Case, Outcome } from './check-case.ts';
import { gradientsAt, secondGradientsAt } from './remote-gradients.ts';

/** Part of the second derivative that differences of first ones may be off by. */
const TOLERANCE = 1e-2;

/** The gradient of Σ u · gradient, along one direction, against differences of first gradients. */
export async function checkSecondOrder(drawn: Case | undefined): Promise<Outcome> {
  if (drawn === undefined) return { kind: 'none' };
  const { call, xs, random } = drawn;
  const [x] = xs as [tf.Tensor];
  const u = random.between(-1, 1, x.shape);
  let second: tf.Tensor;
  try {
    [second] = (await secondGradientsAt(call, [x], u)) as [tf.Tensor];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { kind: 'refused', code: error.code, message: error.message };
  }
  const direction = Array.from({ length: x.size }, () => random.fraction() * 2 - 1);
  const h = random.stepMax;
  const [wide, narrow] = [h, h / 2].map(async (step) => {
    const [after, before] = await Promise.all(
      [step, -step].map((count) => alongGradient(call, { x, direction, count }, u)),
    );
    return ((after as number) - (before as number)) / (2 * step);
  });
  const [coarse, fine] = [(await wide) as number, (await narrow) as number];
  const products = numbersOf(second).map((value, index) => value * (direction[index] ?? 0));
  const scale = products.reduce((sum, product) => sum + Math.abs(product), 0);
  const got = products.reduce((a, b) => a + b, 0);
  const margin = TOLERANCE * scale + 0.02;
  // Where the first gradient jumps within the step there is no second one to compare with.
  if (Math.abs(coarse - fine) > margin) return { kind: 'none' };
  if (Math.abs(got - fine) <= margin) return { kind: 'right' };
  return { kind: 'wrong', how: `[${x.shape}]: ${got}, not ${fine}` };
}

interface Moved {
  readonly x: tf.Tensor;
  readonly direction: readonly number[];
  readonly count: number;
}

async function alongGradient(
  call: Weighted,
  { x, direction, count }: Moved,
  u: tf.Tensor,
): Promise<number> {
  const values = numbersOf(x).map((value, index) => value + count * (direction[index] ?? 0));
  const moved = tfjs.tensor(values, x.shape);
  const swap = (tensor: tf.Tensor) => (tensor === x ? moved : tensor);
  const given = substitute(call.given, swap) as unknown[];
  const [gradient] = await gradientsAt({ ...call, given }, [moved]);
  const weights = numbersOf(u);
  return numbersOf(gradient as tf.Tensor).reduce(
    (sum, value, index) => sum + value * (weights[index] ?? 0),
    0,
  );
}
