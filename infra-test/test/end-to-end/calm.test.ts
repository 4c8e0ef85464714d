import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roundWith, startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const devices = [1, 2, 3, 4, 5, 6, 7].map((i) => ({
  id: `device-${i}`,
  delta: [i, i],
  exampleCount: i,
}));

describe('a calm round', () => {
  it('publishes the weighted mean and tells every device that it was accepted', async () => {
    await world.createModel('calm', 2);
    const { round, outcomes } = await roundWith(world, 'calm', devices);
    expect(outcomes.map(({ kind }) => kind)).toEqual(devices.map(() => 'accepted'));
    expect(await world.operator.waitForRound('calm', round)).toMatchObject({
      kind: 'published',
      version: 1,
      included: 7,
      rejected: [],
    });
    expect([...(await world.weights('calm'))]).toEqual([5, 5]);
  });
});
