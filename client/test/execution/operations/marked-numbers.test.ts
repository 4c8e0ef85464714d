/** No error, cause, stack or log of a failing operation holds a tensor's values. */
import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runOperation } from '../../../src/execution/operations/run-operation.ts';
import { OPERATIONS } from '../../../src/protocol/commands/operations.generated.ts';
import { mapTensors } from './exact-twin.ts';
import { MAKERS } from './makers/index.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { requestOf } from './requests.ts';

const CASES = 6;
const SEED = Number(process.env['SEED'] ?? 1);

/** Values that no shape, bound or attribute has. */
const MARKS = { float32: 471.25, int32: 471_253, bool: 1, complex64: 471.25, string: 0 };
const MARKED = /471[._,]?25/;

type Change = (tensor: tf.Tensor, r: RandomInputs) => unknown;

/** What may be wrong with a tensor, in turn. */
const CHANGES: Readonly<Record<string, Change>> = {
  'its values': (tensor) => marked(tensor.shape, tensor.dtype),
  'one more dimension': ({ shape, dtype }) => marked([...shape, 2], dtype),
  'no dimension': ({ dtype }) => marked([], dtype),
  'other sizes': ({ shape, dtype }) =>
    marked(
      shape.map((size) => size + 1),
      dtype,
    ),
  'another dtype': ({ shape, dtype }) => marked(shape, dtype === 'int32' ? 'float32' : 'int32'),
  'no elements': ({ shape, dtype }) => marked([0, ...shape.slice(1)], dtype),
  'plain numbers': ({ shape }) => marked(shape, 'float32').arraySync(),
  'uneven rows': () => [[MARKS.float32], [MARKS.float32, MARKS.float32]],
};

function marked(shape: number[], dtype: tf.DataType): tf.Tensor {
  if (dtype === 'complex64') {
    const part = tf.fill(shape, MARKS.complex64);
    return tf.complex(part, part);
  }
  return tf.fill(shape, MARKS[dtype], dtype);
}

/** All that people and logs may get of an error. */
function everythingOf(error: unknown): string {
  const { stack, cause } = error as Error;
  const json = JSON.stringify(error) ?? '';
  const rest = cause === undefined ? '' : everythingOf(cause);
  return [String(error), stack, json, inspect(error, { depth: 8, showHidden: true }), rest].join(
    '\n',
  );
}

const logged: string[] = [];

beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => {
  logged.length = 0;
  tf.engine().startScope();
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => {
      logged.push(words.map((word) => inspect(word)).join(' '));
    });
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  tf.engine().endScope();
});

it('finds the marked numbers of a cause', () => {
  const cause = new Error(String(marked([2], 'float32')));
  expect(everythingOf(new Error('Failed', { cause }))).toMatch(MARKED);
});

describe.each(Object.entries(CHANGES))('an operation on tensors with %s', (_name, change) => {
  it.each(Object.keys(OPERATIONS))('%s tells no value', (op) => {
    for (let index = 0; index < CASES; index += 1) {
      const r = new RandomInputs(SEED * 1_000 + index);
      const drawn = MAKERS[op]?.(r) ?? [];
      const at = r.int(0, 1);
      let place = 0;
      const given = mapTensors(drawn, (tensor) => {
        place += 1;
        const isChanged = place - 1 === at || place === 1;
        return (isChanged ? change(tensor, r) : marked(tensor.shape, tensor.dtype)) as tf.Tensor;
      }) as unknown[];
      try {
        runOperation(tf, requestOf(op, given));
      } catch (error) {
        expect(everythingOf(error)).not.toMatch(MARKED);
      }
    }
    expect(logged.join('\n')).not.toMatch(MARKED);
  });
});

describe('a worker', () => {
  const differentiable = Object.keys(OPERATIONS).filter((op) => OPERATIONS[op]?.hasGradient);

  it.each(differentiable)('tells no value when the gradient of %s fails', async (op) => {
    const hook = new TensorHook(tf);
    const bob = new VirtualWorker(hook, { id: 'bob' });
    const method = op as 'exp';
    const x = marked([2, 3], 'float32').send(bob);
    const calls = [
      () =>
        hook
          .valueAndGrads((a) => a[method]())([x])
          .grads[0].get(),
      () =>
        hook
          .valueAndGrads((a) => a.sum().floor().toInt())([x])
          .grads[0].get(),
      () => x[method]().get(),
    ];
    for (const call of calls) {
      try {
        await call();
      } catch (error) {
        expect(everythingOf(error)).not.toMatch(MARKED);
      }
    }
    expect(logged.join('\n')).not.toMatch(MARKED);
  });
});
