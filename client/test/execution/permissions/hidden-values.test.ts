import * as tf from '@tensorflow/tfjs';
import { CommandError, OPERATIONS } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';

import { type RunRequest, runOperation } from '../../../src/execution/index.ts';
import { formsOf } from '../../../src/execution/operations/run-operation.ts';
import { assertTellsNothing } from '../../../src/execution/permissions/hidden-values.ts';
import { type Draw, drawFrom } from '../batch/random-program.ts';
import { MAKERS } from '../operations/makers/index.ts';
import { RandomInputs } from '../operations/makers/random-inputs.ts';
import { requestOf } from '../operations/requests.ts';

const CASES = 6;
const SEED = Number(process.env['SEED'] ?? 1);

/** Numbers that lead kernels astray. */
const WILD = {
  float32: [Number.NaN, Infinity, -Infinity, 1e30, -5, -0.5, 0, 2, 99],
  int32: [-(2 ** 31), 2 ** 31 - 1, -1, 0, 1, 2, 99],
  bool: [0, 1],
} as const;

type Argument = RunRequest['args'][number];

/** The same with other values, all of them wild; some equal ones too. */
function spoiled(argument: Argument, draw: Draw): Argument {
  if (Array.isArray(argument)) return argument.map((item) => spoiled(item, draw)) as Argument;
  if (!(argument instanceof tf.Tensor) || !(argument.dtype in WILD)) return argument;
  const numbers = WILD[argument.dtype as keyof typeof WILD];
  const pick = () => numbers[Math.floor(draw() * numbers.length)] as number;
  const constant = draw() < 0.3 ? pick() : undefined;
  const values = Array.from({ length: argument.size }, () => constant ?? pick());
  const ArrayOf = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[
    argument.dtype as keyof typeof WILD
  ];
  return tf.tensor(ArrayOf.from(values), argument.shape, argument.dtype);
}

function hasTensor(argument: Argument): boolean {
  return [argument].flat().some((item) => item instanceof tf.Tensor);
}

/** Everything that somebody learns who may not read the results. */
function seenOf(request: RunRequest): string {
  return attempt(() =>
    JSON.stringify(runOperation(tf, request).map(({ shape, dtype }) => [shape, dtype])),
  );
}

function attempt(body: () => string): string {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

function isRefused(request: RunRequest, isHidden: readonly boolean[]): boolean {
  const told = attempt(() => {
    assertTellsNothing(tf, { request: formsOf(request), isHidden });
    return '';
  });
  return told !== '';
}

describe('an operation on values that the caller may not read', () => {
  it.each(Object.keys(OPERATIONS))(
    '%s is refused, or looks the same for all values',
    async (op) => {
      await tf.setBackend('cpu');
      for (let index = 0; index < CASES; index += 1) {
        const draw = drawFrom(SEED * 1_000 + index);
        tf.engine().startScope();
        const request = requestOf(op, MAKERS[op]?.(new RandomInputs(SEED * 1_000 + index)) ?? []);
        const seen = seenOf(request);
        for (const [place, argument] of request.args.entries()) {
          if (
            !hasTensor(argument) ||
            isRefused(
              request,
              request.args.map((_, at) => at === place),
            )
          ) {
            continue;
          }
          for (let round = 0; round < 3; round += 1) {
            const args = request.args.map((item, at) =>
              at === place ? spoiled(item, draw) : item,
            );
            expect(seenOf({ ...request, args }), `argument ${place}`).toBe(seen);
          }
        }
        tf.engine().endScope();
      }
    },
  );

  it.each([
    ['bincount', 0],
    ['denseBincount', 0],
    ['gather', 1],
    ['gatherND', 1],
    ['image.cropAndResize', 2],
    ['image.threshold', 0],
    ['scatterND', 0],
    ['sparse.sparseReshape', 0],
    ['sparse.sparseSegmentMean', 1],
    ['sparseToDense', 0],
    ['tensorScatterUpdate', 1],
    ['unique', 0],
    ['cumprod', 0],
  ])('would be seen in %s without a refusal', async (op, place) => {
    await tf.setBackend('cpu');
    let differences = 0;
    for (let index = 0; index < 20; index += 1) {
      const draw = drawFrom(index);
      tf.engine().startScope();
      const request = requestOf(op, MAKERS[op]?.(new RandomInputs(index)) ?? []);
      const args = request.args.map((item, at) => (at === place ? spoiled(item, draw) : item));
      if (seenOf(request) !== seenOf({ ...request, args })) differences += 1;
      tf.engine().endScope();
    }
    expect(differences).toBeGreaterThan(0);
  });
});
