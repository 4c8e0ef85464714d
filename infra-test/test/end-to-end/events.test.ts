import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventFaults } from '../../src/local-cloud/index.ts';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const DEVICES = 12;

/** Values whose sum depends on the order in any floating-point arithmetic. */
const devices = Array.from({ length: DEVICES }, (_, i) => ({
  id: `device-${i}`,
  delta: Array.from({ length: 33 }, (__, j) => Math.sin(i * 33 + j) * 10 ** ((i % 5) - 4)),
  exampleCount: 1 + ((i * 37) % 101),
}));

/** No deadline comes to a round's help: longer than a test may last. */
const START = { minimum: 1, deadlineSeconds: 600 };

const bits = (weights: Float32Array): string => Buffer.from(weights.slice().buffer).toString('hex');

describe('the same bits as the calm run', () => {
  let calm = '';
  beforeAll(async () => {
    await world.createModel('calm-of-events', 33);
    await roundWith(world, 'calm-of-events', devices, START);
    calm = bits(await world.weights('calm-of-events'));
  });

  /** One round in which events fare so; every device is told that its update counts. */
  async function roundUnder(events: EventFaults, model: string) {
    world.cloud.setFaults({ seed: 7, events });
    await world.createModel(model, 33);
    const { round, outcomes } = await roundWith(world, model, devices, START);
    expect(outcomes).toEqual(devices.map(() => ({ kind: 'accepted', round, version: round })));
    expect(await world.operator.round(model, round)).toMatchObject({
      result: { kind: 'published', included: DEVICES },
    });
    expect(bits(await world.weights(model))).toBe(calm);
    return world.cloud.faults().events;
  }

  const none = { arisen: DEVICES, dropped: 0, doubled: 0, delayed: 0, overtaken: 0 };
  const some = expect.toSatisfy((count: number) => count >= 3, 'at least 3');

  it.each<[string, string, EventFaults, object]>([
    ['every event doubled', 'doubled', { duplicateRate: 1 }, { doubled: DEVICES }],
    [
      'the events reordered',
      'reordered',
      { reorder: true, delayMs: [1, 1_500] },
      { delayed: DEVICES, overtaken: some },
    ],
    ['every event late', 'late', { delayMs: [1_500, 1_500] }, { delayed: DEVICES }],
    [
      'every event doubled, reordered and late at once',
      'all-three',
      { duplicateRate: 1, reorder: true, delayMs: [200, 1_500] },
      { doubled: DEVICES, delayed: 2 * DEVICES, overtaken: some },
    ],
  ])('with %s, and nobody to sweep', async (_, model, events, expected) => {
    expect(await roundUnder(events, model)).toEqual({ ...none, ...expected });
  });

  it.each<[string, string, EventFaults, object]>([
    ['every event dropped', 'dropped', { dropRate: 1 }, { ...none, dropped: DEVICES }],
    [
      'half of them dropped, the others doubled',
      'half',
      { dropRate: 0.5, duplicateRate: 1 },
      { dropped: some, doubled: some },
    ],
  ])('with %s, and the sweep', async (_, model, events, expected) => {
    const stop = world.keepSweeping();
    try {
      expect(await roundUnder(events, model)).toMatchObject(expected);
    } finally {
      await stop();
    }
  });
});
