import { UPDATE_RULES_DEFAULT } from '@tributary/client';
import { errorBound, fractionBitsFor } from '@tributary/lambdas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBucket } from './support/bucket.ts';
import {
  neighbourOf,
  roundWith,
  startWorld,
  type TestDevice,
  type World,
} from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const accepted = (outcomes: readonly { readonly kind: string }[]): boolean =>
  outcomes.every(({ kind }) => kind === 'accepted');

describe('several models', () => {
  it('have rounds at once, with the same devices, and none touches another', async () => {
    const models = [1, 2, 3, 4].map((k) => ({ model: `side-${k}`, elementCount: k, value: k }));
    await Promise.all(
      models.map(({ model, elementCount }) => world.createModel(model, elementCount)),
    );
    const rounds = await Promise.all(
      models.map(({ model, elementCount, value }) => {
        const devices = [1, 2, 3].map((i) => ({
          id: `device-${i}`,
          delta: Array.from({ length: elementCount }, () => value * i),
          exampleCount: i,
        }));
        return roundWith(world, model, devices);
      }),
    );
    expect(rounds.every(({ outcomes }) => accepted(outcomes))).toBe(true);
    for (const { model, elementCount, value } of models) {
      // (1·1 + 2·2 + 3·3) / 6 = 14/6 of the value.
      const mean = Math.fround((value * 14) / 6);
      const weights = await world.weights(model);
      expect(weights).toHaveLength(elementCount);
      for (const weight of weights) expect(weight).toBeCloseTo(mean, 6);
    }
  });
});

describe('two federations in one cloud', () => {
  it('share neither models, rounds, devices nor weights', async () => {
    const other = await neighbourOf(world, 'other');
    const [ourBucket, theirBucket] = [openBucket(world), openBucket(other)];
    try {
      await world.createModel('ours', 2);
      await Promise.all([world.createModel('shared', 2), other.createModel('shared', 2)]);
      expect(await other.operator.models()).toEqual(['shared']);
      const device = { id: 'both', exampleCount: 1 };
      const [here, there] = await Promise.all([
        roundWith(world, 'shared', [{ ...device, delta: [1, 2] }]),
        roundWith(other, 'shared', [{ ...device, delta: [3, 4] }]),
      ]);
      expect(accepted([...here.outcomes, ...there.outcomes])).toBe(true);
      expect([...(await world.weights('shared'))]).toEqual([1, 2]);
      expect([...(await other.weights('shared'))]).toEqual([3, 4]);
      const [ours] = await ourBucket.keys('updates/0/shared/');
      const [theirs] = await theirBucket.keys('updates/0/shared/');
      // Another secret, another pseudonym: nobody can link the device's two memberships.
      expect([ours, theirs]).toEqual([expect.any(String), expect.any(String)]);
      expect(ours).not.toBe(theirs);
      const member = await other.deviceOf({ ...device, delta: [1, 1] });
      await expect(member.participate('ours')).rejects.toMatchObject({ code: 'model-unknown' });
    } finally {
      ourBucket.close();
      theirBucket.close();
      await other.close();
    }
  });
});

describe('uniform weighting', () => {
  it('counts every device once, whatever it says of its examples', async () => {
    await world.createModel('uniform', 2, { update: { weighting: 'uniform' } });
    const devices = [1, 10, 1_000_000].map((exampleCount, i) => ({
      id: `device-${i}`,
      delta: [i, 2 * i],
      exampleCount,
    }));
    const { round, outcomes } = await roundWith(world, 'uniform', devices);
    expect(accepted(outcomes)).toBe(true);
    expect(await world.operator.waitForRound('uniform', round)).toMatchObject({
      exampleCount: 1 + 10 + UPDATE_RULES_DEFAULT.exampleCountCap,
      conservation: { totalWeight: 3 },
    });
    expect([...(await world.weights('uniform'))]).toEqual([1, 2]);
  });
});

describe('FedAvgM', () => {
  const ELEMENTS = 5;
  const MOMENTUM = 0.9;
  const LEARNING_RATE = 0.5;
  const { deltaBoundLog2, exampleCountCap: weightMax } = UPDATE_RULES_DEFAULT;

  function devicesOf(round: number): TestDevice[] {
    return [0, 1, 2].map((i) => ({
      id: `device-${i}`,
      delta: Array.from({ length: ELEMENTS }, (_, j) =>
        Math.fround(Math.sin(9 * round + 3 * i + j)),
      ),
      exampleCount: 3 + i,
    }));
  }

  function meanOf(devices: readonly TestDevice[], element: number): number {
    const total = devices.reduce((sum, { exampleCount }) => sum + exampleCount, 0);
    const sum = devices.reduce(
      (sum, { delta, exampleCount }) => sum + (delta[element] ?? 0) * exampleCount,
      0,
    );
    return sum / total;
  }

  it('steps with the momentum of the rounds before, as its float64 reference', async () => {
    const options = { momentum: MOMENTUM, learningRate: LEARNING_RATE };
    await world.createModel('momentum', ELEMENTS, { strategy: { name: 'fedavgm', options } });
    const rounds = [1, 2, 3].map(devicesOf);
    for (const devices of rounds) {
      const { outcomes } = await roundWith(world, 'momentum', devices);
      expect(accepted(outcomes)).toBe(true);
    }
    const published = await world.weights('momentum');
    const memberCount = 3;
    const fractionBits = fractionBitsFor({ deltaBoundLog2, weightMax, membersMax: 4 });
    const meanBound = errorBound({ fractionBits, deltaBoundLog2, memberCount, totalWeight: 12 });
    for (const [element, weight] of published.entries()) {
      let velocity = 0;
      let reference = 0;
      for (const devices of rounds) {
        velocity = MOMENTUM * velocity + meanOf(devices, element);
        reference += LEARNING_RATE * velocity;
      }
      // η(1 + (1 + β) + (1 + β + β²)) means, each within its bound, and a rounding of each version.
      const bound = LEARNING_RATE * 5.61 * (meanBound + 2 ** -24) + 3 * 2 ** -23;
      expect(Math.abs(weight - reference)).toBeLessThanOrEqual(bound);
    }
  });

  it('forgets nothing over an aborted round', async () => {
    const options = { momentum: 0.5 };
    await world.createModel('pause', 1, { strategy: { name: 'fedavgm', options } });
    const device = { id: 'd', delta: [1], exampleCount: 1 };
    await roundWith(world, 'pause', [device]);
    const { round } = await world.operator.startRound('pause', {
      goal: 1,
      minimum: 1,
      deadlineSeconds: 60,
    });
    await world.operator.abortRound('pause', round);
    await roundWith(world, 'pause', [device]);
    // v₁ = 1, v₃ = 0.5·1 + 1.
    expect([...(await world.weights('pause'))]).toEqual([2.5]);
    expect(await world.operator.status('pause')).toMatchObject({ version: 3 });
  });
});
