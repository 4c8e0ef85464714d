import { describe, expect, it } from 'vitest';
import type { KillRule } from '../../src/local-cloud/index.ts';
import { createRandom } from '../../src/local-cloud/random.ts';
import { expectReferenceMean } from './support/reference.ts';
import { roundWith, startWorld, type TestDevice, type World } from './support/world.ts';

const KILLS = 200;
/** Rounds that run side by side, so that a killed process takes neighbours' work with it. */
const PARALLEL = 8;
/** Rounds of one world. */
const BATCH = 20;
const DEVICES = 5;
const ELEMENTS = 3;

const AGGREGATOR = 'tributary-aggregator';

/** A rule that kills the aggregator at one of the first requests it makes for one model. */
function killRule(seed: number): KillRule {
  const random = createRandom(seed);
  return {
    functionName: AGGREGATOR,
    // A write half of the time: there a process has most to lose.
    ...(random() < 0.5 ? { method: 'PUT' } : {}),
    keyPattern: new RegExp(`/kill-${seed}/`),
    when: random() < 0.5 ? 'before' : 'after',
    nth: 1 + Math.floor(random() * 6),
  };
}

function devicesOf(seed: number): TestDevice[] {
  const random = createRandom(seed + 10_000);
  return Array.from({ length: DEVICES }, (_, device) => ({
    id: `device-${device}`,
    delta: Array.from({ length: ELEMENTS }, () => Math.fround(random() * 2 - 1)),
    exampleCount: 1 + Math.floor(random() * 1_000),
  }));
}

/** Seeds of each world: the sweep looks at every model, so a world with few models sweeps fast. */
const batches = Array.from({ length: KILLS / BATCH }, (_, batch) =>
  Array.from({ length: BATCH }, (__, index) => batch * BATCH + index),
);

async function survives(world: World, seed: number): Promise<void> {
  const model = `kill-${seed}`;
  const devices = devicesOf(seed);
  await world.createModel(model, ELEMENTS);
  const { round, outcomes } = await roundWith(world, model, devices);
  const result = await world.operator.waitForRound(model, round);
  expect(outcomes.map(({ kind }) => kind)).toEqual(devices.map(() => 'accepted'));
  expect(result).toMatchObject({
    kind: 'published',
    included: DEVICES,
    conservation: { sealed: DEVICES, included: DEVICES, rejectedAtHeader: 0, rejectedInFold: 0 },
  });
  const status = await world.operator.status(model);
  expect({ version: status.version, round: status.round }).toEqual({ version: 1, round: 1 });
  expectReferenceMean(await world.weights(model), devices);
}

describe(`killing the aggregator ${KILLS} times at seeded moments`, () => {
  it.each(batches)(
    'loses and doubles nothing (seeds from %i)',
    async (...seeds) => {
      const world = await startWorld({ faults: { seed: 1, kills: seeds.map(killRule) } });
      const stop = world.keepSweeping();
      try {
        const left = [...seeds];
        const workers = Array.from({ length: PARALLEL }, async () => {
          for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
            await survives(world, seed);
          }
        });
        await Promise.all(workers);
        const { errors } = world.cloud.lambda.counters().byFunction[AGGREGATOR] ?? { errors: 0 };
        // Every rule kills one process; some share an invocation, and its fate, with another.
        expect(errors).toBeGreaterThan(BATCH / 2);
      } finally {
        await stop();
        await world.close();
      }
    },
    300_000,
  );
});
