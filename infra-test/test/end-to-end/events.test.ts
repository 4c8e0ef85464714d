import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Values whose sum depends on the order in any floating-point arithmetic. */
const devices = Array.from({ length: 12 }, (_, i) => ({
  id: `device-${i}`,
  delta: Array.from({ length: 33 }, (_, j) => Math.sin(i * 33 + j) * 10 ** ((i % 5) - 4)),
  exampleCount: 1 + ((i * 37) % 101),
}));

const bits = (weights: Float32Array): string => Buffer.from(weights.slice().buffer).toString('hex');

describe('the same bits as the calm run', () => {
  let calm = '';
  beforeAll(async () => {
    await world.createModel('calm', 33);
    await roundWith(world, 'calm', devices);
    calm = bits(await world.weights('calm'));
  });

  it.each([
    ['every event doubled', 'doubled', { duplicateRate: 1 }],
    [
      'all of them reordered and delayed',
      'reordered',
      { reorder: true, delayMs: [0, 1500] as const },
    ],
    [
      'half lost, half doubled, all late',
      'mixed',
      { dropRate: 0.5, duplicateRate: 0.5, delayMs: [0, 800] as const },
    ],
    ['every event dropped, the sweep alone', 'dropped', { dropRate: 1 }],
  ])('with %s', async (_, model, events) => {
    world.cloud.setFaults({ seed: 7, events });
    await world.createModel(model, 33);
    const sweeping = world.operator.startRound(model, {
      goal: 12,
      minimum: 1,
      deadlineSeconds: 60,
    });
    const { round } = await sweeping;
    const participating = devices.map(async (device) =>
      (await world.deviceOf(device)).participate(model),
    );
    const result = await world.sweepUntilResult(model, round);
    const outcomes = await Promise.all(participating);
    expect(result).toMatchObject({ kind: 'published', included: 12 });
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(bits(await world.weights(model))).toBe(calm);
  });
});
