import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRequest } from '../../../src/execution/operations/request.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { CommandError } from '../../../src/protocol/errors.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { callPlain, flatten, numbersOf, requestOf } from './requests.ts';

const CASES = 30;
const SEED = Number(process.env['SEED'] ?? 1);

beforeAll(() => tf.setBackend('cpu'));

const JUNK: readonly unknown[] = [
  ...[0, -1, 1.5, 1e9, 2 ** 31, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, -0],
  ...[
    [],
    [0],
    [-1],
    [1e9],
    [1.5, 2],
    [Number.NaN],
    [[1e9, 1e9]],
    [[-1, 0]],
    [
      [0, 0],
      [0, 0],
    ],
    [1, 2, 3, 4, 5, 6, 7],
  ],
  ...['', 'constructor', '__proto__', 'valid', 'x'.repeat(300), 'ij,jk->ik', 'string', 'float32'],
  ...[true, false, {}, { length: 1e9 }, { indexing: 'xy' }, { toString: 1 }, null],
  ...[new Array(10).fill(1e6), [[[1]]], [null], ['a'], [true], () => 1, Symbol('junk'), 10n],
];

function mutated(r: RandomInputs, request: RunRequest): RunRequest {
  const values = OPERATIONS[request.op]?.parameters.filter(({ kind }) => kind === 'value') ?? [];
  const attributes = { ...request.attributes };
  const args = [...request.args];
  for (let change = 0; change < r.int(1, 2); change += 1) {
    if (values.length > 0 && r.fraction() < 0.6) {
      attributes[r.pick(values).name] = r.pick(JUNK);
    } else if (args.length > 0) {
      args[r.int(0, args.length - 1)] = r.pick<() => unknown>([
        () => r.tensor(r.shape(0, 6)),
        () => [r.tensor(), r.tensor()],
        () => [],
        () => null,
        () => ({ value: r.pick(JUNK) }),
        () => r.ints(r.shape(1, 2), -(2 ** 31), 2 ** 31 - 1),
        () => r.complex(r.filledShape(1, 2)),
      ])() as RunRequest['args'][number];
    } else attributes[r.pick(['constructor', '__proto__', 'extra'])] = 1;
  }
  return { ...request, args, attributes };
}

describe('operations with arguments that make no sense', () => {
  it.each(Object.keys(OPERATIONS))(
    '%s refuses with a code or makes something, and leaves nothing',
    (op) => {
      for (let index = 0; index < CASES; index += 1) {
        const r = new RandomInputs(SEED * 100_000 + index);
        const request = mutated(r, requestOf(op, MAKERS[op]?.(r) ?? []));
        const before = tf.memory();
        try {
          tf.dispose(runOperation(tf, request));
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
        }
        const { numTensors, numDataBuffers } = tf.memory();
        expect({ numTensors, numDataBuffers }).toEqual({
          numTensors: before.numTensors,
          numDataBuffers: before.numDataBuffers,
        });
        expect(tf.getBackend()).toBe('cpu');
      }
    },
  );
});

/** Values that are right for one argument or another. */
const MISPLACED: readonly unknown[] = [
  ...[0, 1, 2, 3, 1.5, Number.NaN, Number.POSITIVE_INFINITY, true, false],
  ...[
    [],
    [0],
    [1],
    [1, 1],
    [0, 1],
    [1.5],
    [
      [0, 0],
      [1, 1],
    ],
    [[0, 1]],
  ],
  ...['same', 'NCHW', 'NHWC', 'int32', 'bool', 'float32'],
];

/** The arguments with another in one place. */
function misplaced(r: RandomInputs, given: readonly unknown[]): unknown[] {
  const place = r.int(0, given.length - 1);
  return given.map((value, index) => (index === place ? insteadOf(r, value) : value));
}

function insteadOf(r: RandomInputs, value: unknown): unknown {
  if (value instanceof tf.Tensor) return r.bool() ? r.tensor() : r.tensor(value.shape);
  if (Array.isArray(value) && value[0] instanceof tf.Tensor) return [r.tensor(), ...value.slice(1)];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return r.pick(MISPLACED);
  const names = Object.keys(value);
  const name = r.pick(names);
  return { ...value, [name]: insteadOf(r, (value as Record<string, unknown>)[name]) };
}

/** Operations by which tfjs subtracts truth values, and takes 255 for −1; a worker takes numbers of them. */
const OF_NUMBERS: readonly string[] = [
  'logSoftmax',
  'logSumExp',
  'losses.sigmoidCrossEntropy',
  'losses.softmaxCrossEntropy',
  'movingAverage',
];

function givenToPlain(op: string, given: readonly unknown[]): readonly unknown[] {
  if (!OF_NUMBERS.includes(op)) return given;
  return given.map((value) =>
    value instanceof tf.Tensor && value.dtype === 'bool' ? value.cast('float32') : value,
  );
}

describe('operations with an argument that is right elsewhere', () => {
  it.each(Object.keys(OPERATIONS).filter((op) => !OPERATIONS[op]?.isRandom))(
    '%s refuses with a code or makes what tfjs makes',
    async (op) => {
      for (let index = 0; index < CASES; index += 1) {
        const r = new RandomInputs(SEED * 10_000 + index);
        const given = misplaced(r, MAKERS[op]?.(r) ?? []);
        let made: tf.Tensor[];
        try {
          made = runOperation(tf, requestOf(op, given));
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
          continue;
        }
        const plain = flatten(op, await callPlain(op, givenToPlain(op, given)));
        expect(made.map(({ dtype }) => dtype)).toEqual(plain.map(({ dtype }) => dtype));
        expect(made.map(({ shape }) => shape)).toEqual(plain.map(({ shape }) => shape));
        expect(made.map(numbersOf)).toEqual(plain.map(numbersOf));
        tf.dispose([made, plain]);
      }
    },
  );
});
