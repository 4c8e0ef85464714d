import { describe, expect, inject, it, vi } from 'vitest';
import type { Kill, KillRule } from '../../src/local-cloud/index.ts';
import { createRandom } from '../../src/local-cloud/random.ts';
import { type OwnedBucket, openBucket } from './support/bucket.ts';
import { killedStepOf, STEPS, type Step, writePattern } from './support/killed-step.ts';
import { expectReferenceMean } from './support/reference.ts';
import { roundWith, startWorld, type TestDevice, type World } from './support/world.ts';

const KILLS = inject('thorough') ? 200 : 20;
/** Rounds that run side by side, so that a killed process takes neighbours' work with it. */
const PARALLEL = 8;
/** Rounds of one world. */
const BATCH = 20;
const DEVICES = 5;
const ELEMENTS = 3;
/** Requests that the aggregator makes of one such round at least, counted without any sweep: 59. */
const REQUESTS = 60;

const AGGREGATOR = 'tributary-aggregator';

interface SeededKill {
  readonly seed: number;
  readonly model: string;
  readonly rule: KillRule;
}

/** Kills the aggregator at one write of a round, or at any of its requests: half of the time each. */
function seededKill(seed: number): SeededKill {
  const random = createRandom(seed);
  const draw = (count: number): number => Math.floor(random() * count);
  const model = `kill-${seed}`;
  const isAtWrite = random() < 0.5;
  const step = STEPS[draw(STEPS.length)] ?? 'collect';
  const moment = isAtWrite
    ? { method: 'PUT', keyPattern: writePattern(step, model), nth: 1 }
    : { keyPattern: new RegExp(`/${model}/`), nth: 1 + draw(REQUESTS) };
  const when = random() < 0.5 ? 'before' : 'after';
  return { seed, model, rule: { functionName: AGGREGATOR, ...moment, when } };
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

/** Waits for the kill: the sweep goes on to make requests about a model whose round is over. */
function killBy({ cloud }: World, { model, rule }: SeededKill): Promise<Readonly<Kill>> {
  return vi.waitFor(
    () => {
      const kill = cloud.faults().kills.find((fired) => fired.rule === rule);
      if (kill === undefined) throw new Error(`Nothing was killed about ${model}`);
      return kill;
    },
    { timeout: 60_000, interval: 100 },
  );
}

async function survives(world: World, bucket: OwnedBucket, planned: SeededKill): Promise<void> {
  const { seed, model } = planned;
  const devices = devicesOf(seed);
  await world.createModel(model, ELEMENTS);
  const { outcomes } = await roundWith(world, model, devices);
  const result = await world.operator.waitForRound(model, 1);
  const kill = await killBy(world, planned);
  count(killedStepOf(kill, model), kill);
  expect(outcomes).toEqual(devices.map(() => ({ kind: 'accepted', round: 1, version: 1 })));
  expect(result).toMatchObject({
    kind: 'published',
    included: DEVICES,
    conservation: { sealed: DEVICES, included: DEVICES, rejectedAtHeader: 0, rejectedInFold: 0 },
  });
  const status = await world.operator.status(model);
  expect(status).toMatchObject({ version: 1, round: 1, openRound: null });
  // What was done twice was done to the same objects.
  expect(await bucket.keys(`rounds/${model}/`, `partials/0/${model}/`)).toEqual([
    ...['close.json', 'result.json', 'round.json', 'seals/0/0.json'].map(
      (name) => `rounds/${model}/1/${name}`,
    ),
    `partials/0/${model}/1/0/0`,
  ]);
  expectReferenceMean(await world.weights(model), devices);
}

/** How many processes were ended at each step. */
const histogram: Record<Step | 'over', number> = {
  collect: 0,
  seal: 0,
  fold: 0,
  merge: 0,
  publish: 0,
  head: 0,
  over: 0,
};
let missed = 0;

function count(step: Step | 'over', { hasEndedProcess }: Kill): void {
  if (hasEndedProcess) histogram[step] += 1;
  else missed += 1;
}

describe(`killing the aggregator ${KILLS} times at seeded moments`, () => {
  it.each(batches)(
    'loses and doubles nothing (seeds from %i)',
    async (...seeds) => {
      const left = seeds.map(seededKill);
      const kills = left.map(({ rule }) => rule);
      const world = await startWorld({ faults: { seed: 1, kills } });
      const bucket = openBucket(world);
      const stop = world.keepSweeping();
      try {
        const workers = Array.from({ length: PARALLEL }, async () => {
          for (let next = left.shift(); next !== undefined; next = left.shift()) {
            await survives(world, bucket, next);
          }
        });
        await Promise.all(workers);
        const fired = world.cloud.faults().kills.map(({ rule }) => rule);
        expect(new Set(fired)).toEqual(new Set(kills));
        expect(fired).toHaveLength(BATCH);
      } finally {
        await stop();
        bucket.close();
        await world.close();
      }
    },
    300_000,
  );

  it.runIf(inject('thorough'))('hit every step of a round', () => {
    const ended = Object.values(histogram).reduce((sum, kills) => sum + kills, 0);
    process.stdout.write(`${ended} kills by step: ${JSON.stringify(histogram)}\n`);
    expect(ended + missed).toBe(KILLS);
    // A rule fires in vain where another's kill took the process first.
    expect(missed).toBeLessThan(KILLS / 20);
    for (const step of STEPS) expect(histogram[step], step).toBeGreaterThanOrEqual(5);
  });
});
