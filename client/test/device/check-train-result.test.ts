import { expect, it } from 'vitest';
import type { TrainFunction } from '../../src/index.ts';
import { FakeWorld } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const tensors = {
  w: { dtype: 'F32', shape: [2, 2], data: new Float32Array(4) },
  bias: { dtype: 'F32', shape: [], data: new Float32Array(1) },
};

it.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /is nothing, expected \{ weights/],
  ['null', null, /is null, expected/],
  ['a list', [1, 2], /is a list of 2, expected/],
  ['an array', new Float32Array(5), /is a Float32Array, expected/],
  ['neither weights nor delta', { exampleCount: 1 }, /has neither weights nor delta/],
  [
    'both weights and delta',
    { weights: tensors, delta: tensors, exampleCount: 1 },
    /has both weights and delta/,
  ],
  ['weights in a list', { weights: [[42.125]], exampleCount: 1 }, /weights that are a list of 1/],
  ['null for a delta', { delta: null, exampleCount: 1 }, /delta that are null/],
])(
  'a train function that returns %s is told so, and nothing is uploaded',
  async (_, result, message) => {
    const world = new FakeWorld();
    const { device } = deviceIn(world, (() => result) as TrainFunction);
    const error = await device.participate('digits').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'InvocationFailedError',
      code: 'train-result',
      message: expect.stringMatching(message),
      detail: { phase: 'training', model: 'digits', round: 4 },
    });
    expect(String(error)).not.toContain('42.125');
    expect(world.kinds()).toBe('check-in get');
  },
);

it('a result with an undefined member beside the one it has is taken', async () => {
  const result = { weights: undefined, delta: tensors, exampleCount: 1 };
  const { device } = deviceIn(new FakeWorld(), (() => result) as TrainFunction);
  expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
});
