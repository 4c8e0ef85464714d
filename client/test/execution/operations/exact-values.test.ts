import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { CommandError } from '../../../src/protocol/errors.ts';
import { asDtype, exactTwin, heldBy, mapTensors, type NumberDtype } from './exact-twin.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { requestOf } from './requests.ts';

/** Cases per operation and dtype; a seed of one's own replays or widens. */
const CASES = 8;
const ODD_CASES = 3;
const SEED = Number(process.env['SEED'] ?? 1);

/** Every odd number in every place of operations of many kernels; generous, not a bound of their speed. */
const TIMEOUT_MS = 300_000;

/** Numbers that integers and truth values can't be, or that no count can be. */
const ODD = [
  ...[0.5, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[-1, 3, 255, 2 ** 31, -(2 ** 31) - 1, 2 ** 40],
];

/** Draws differ from those of another dtype. */
const FIXED = Object.keys(OPERATIONS).filter((op) => OPERATIONS[op]?.isRandom === false);

/** tfjs makes nonsense of a negative axis. */
const WRONG_IN_TFJS: ReadonlySet<string> = new Set(['cumprod', 'cumsum']);

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function describeCase(op: string, given: readonly unknown[]): string {
  const words = mapTensors(given, (tensor) => `${tensor.dtype} [${tensor.shape}]` as never);
  return `${op} of ${JSON.stringify(words)}`;
}

/** Refused with a code and the operation's name, or what exact arithmetic gives for the dtype. */
async function expectExactOrRefused(op: string, given: readonly unknown[]): Promise<void> {
  let made: tf.Tensor[];
  try {
    made = runOperation(tf, requestOf(op, given));
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    if (!(error as Error).message.startsWith('One operation')) {
      expect((error as Error).message).toContain(op);
    }
    return;
  }
  const exact = await exactTwin(op, given);
  expect(exact, `${describeCase(op, given)}, which tfjs refuses`).toBeDefined();
  for (const [index, tensor] of made.entries()) {
    if (tensor.dtype !== 'int32' && tensor.dtype !== 'bool') continue;
    const twin = Array.from(exact?.[index]?.dataSync() ?? []);
    const held = twin.map((value) => heldBy(op, tensor.dtype, value));
    expect(Array.from(tensor.dataSync()), describeCase(op, given)).toEqual(held);
  }
}

function given(op: string, seed: number, dtype: NumberDtype): unknown[] {
  const drawn = MAKERS[op]?.(new RandomInputs(seed)) ?? [];
  return mapTensors(drawn, (tensor) => asDtype(tensor, dtype)) as unknown[];
}

/** An odd number in place of a number, or of the first of a list. */
function replaced(value: unknown, odd: number): unknown {
  if (!Array.isArray(value)) return odd;
  return value.map((item, index) => (index === 0 ? replaced(item, odd) : item));
}

/** The same arguments with an odd number in each place that takes numbers. */
function* oddArguments(op: string, args: readonly unknown[]): Generator<unknown[]> {
  const { parameters = [], form } = OPERATIONS[op] ?? {};
  const options = { ...(form === 'options' ? (args[0] as object) : {}) } as Record<string, unknown>;
  for (const [index, { name, kind, forms = [] }] of parameters.entries()) {
    if (kind !== 'value' || !forms.some((text) => text.includes('number'))) continue;
    for (const odd of ODD) {
      if (form === 'options') yield [{ ...options, [name]: replaced(options[name], odd) }];
      else {
        const length = Math.max(args.length, index + 1);
        yield Array.from({ length }, (_, at) =>
          at === index ? replaced(args[at], odd) : args[at],
        );
      }
    }
  }
}

describe.each(['int32', 'bool'] as const)('on tensors of %s', { timeout: TIMEOUT_MS }, (dtype) => {
  it.each(FIXED)('%s gives what exact arithmetic gives, or refuses', async (op) => {
    for (let index = 0; index < CASES; index += 1) {
      await expectExactOrRefused(op, given(op, SEED * 1_000 + index, dtype));
    }
  });
});

describe.each(['int32', 'bool', 'float32'] as const)(
  'with odd numbers, on %s',
  { timeout: TIMEOUT_MS },
  (dtype) => {
    const withNumbers = FIXED.filter((op) =>
      OPERATIONS[op]?.parameters.some(({ forms }) => forms?.some((form) => /number/.test(form))),
    );

    it.each(withNumbers)('%s gives what exact arithmetic gives, or refuses', async (op) => {
      for (let index = 0; index < ODD_CASES; index += 1) {
        const args = given(op, SEED * 1_000 + index, dtype);
        for (const odd of oddArguments(op, args)) {
          if (!WRONG_IN_TFJS.has(op)) await expectExactOrRefused(op, odd);
        }
      }
    });
  },
);
