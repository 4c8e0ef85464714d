import { describe, expect, it } from 'vitest';
import type { Progress, TrainFunction } from '../../src/index.ts';
import { FakeWorld } from './support/fake-world.ts';
import { deviceIn, storedUpdate } from './support/participants.ts';

/** Takes part with a result that has these members beside good weights. */
async function takePart(members: object) {
  const world = new FakeWorld();
  const notices: string[] = [];
  const train = ((weights) => ({ weights, exampleCount: 1, ...members })) as TrainFunction;
  const outcome = await deviceIn(world, train).device.participate('digits', {
    onProgress: (progress: Progress) => {
      if (progress.phase === 'notice') notices.push(progress.reason);
    },
  });
  const { metrics } = storedUpdate(world).metadata;
  return { outcome, notices, metrics };
}

describe('what is wrong with a report', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      'NaN',
      { loss: Number.NaN, accuracy: 1 },
      '{"accuracy":1}',
      /"loss" .* finite number, got NaN/,
    ],
    ['infinite', { loss: -Infinity }, '{}', /"loss" .* got -Infinity/],
    ['a text', { loss: 'low' }, '{}', /"loss" .* finite number, got/],
    ['a BigInt', { loss: 12n }, '{}', /"loss" .* finite number, got/],
    ['an object', { loss: { value: 1 } }, '{}', /"loss" .* finite number, got/],
    ['undefined', { loss: undefined }, '{}', /"loss" .* finite number, got/],
    ['without a name', { '': 1 }, '{}', /"" is left out: expected a name/],
    ['of a long name', { ['m'.repeat(65)]: 1 }, '{}', /expected a name of 1 to 64/],
    ['of half a character', { '\ud800': 1 }, '{}', /expected a name/],
    ['not by name', [1, 2], '{}', /Metrics are a list of 2, expected an object/],
    ['a text in whole', 'loss: 1', '{}', /Metrics are .*, expected an object/],
    [
      'a getter that throws',
      Object.defineProperty({ accuracy: 1 }, 'loss', {
        enumerable: true,
        get() {
          throw new Error('disposed');
        },
      }),
      '{"accuracy":1}',
      /"loss" .* finite number, got/,
    ],
  ])('never costs the weights: a metric that is %s', async (_, metrics, sent, notice) => {
    const { outcome, notices, metrics: stored } = await takePart({ metrics });
    expect(outcome.kind).toBe('accepted');
    expect(stored).toBe(sent);
    expect(notices).toEqual([expect.stringMatching(notice)]);
  });

  it('never costs the weights: more metrics than are sent', async () => {
    const all = Array.from({ length: 40 }, (_, n) => [`m${n}`, n] as const);
    const { outcome, notices, metrics } = await takePart({ metrics: Object.fromEntries(all) });
    expect(outcome.kind).toBe('accepted');
    expect(JSON.parse(metrics ?? '')).toEqual(Object.fromEntries(all.slice(0, 16)));
    expect(notices).toHaveLength(17);
    expect(notices[0]).toMatch(/"m16" is left out: at most 16/);
    expect(notices[16]).toBe('8 more metrics are left out');
  });

  it('is told for members that nothing reads', async () => {
    const { outcome, notices } = await takePart({ metric: { loss: 1 } });
    expect(outcome.kind).toBe('accepted');
    expect(notices).toEqual([
      expect.stringMatching(/unknown member "metric", perhaps .*"metrics"/),
    ]);
  });

  it('is no news where nothing is wrong', async () => {
    expect((await takePart({ metrics: { loss: 0.5 } })).notices).toEqual([]);
    expect((await takePart({})).notices).toEqual([]);
    expect((await takePart({ metrics: null })).notices).toEqual([]);
  });
});
