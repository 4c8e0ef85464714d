import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RunRequest } from '../../../src/execution/operations/request.ts';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { CommandError } from '../../../src/protocol/errors.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { requestOf } from './requests.ts';

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
