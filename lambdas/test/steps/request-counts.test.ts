import type { Task } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/steps/run-task.ts';
import type { StepContext } from '../../src/steps/step.ts';
import { sweep } from '../../src/steps/sweep.ts';
import { CountingStore } from '../support/counting-store.ts';
import {
  contextOn,
  createModel,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';

const plan = planOf({ shape: [1] });
const UPDATES = 2_001;
/** Warm functions that know nothing of each other. */
const INSTANCES = 8;
const COLLECT: Task = { schema: 1, task: 'collect', model: MODEL, round: 1 };

/** Every message reaches two functions at once, as at-least-once delivery and hasty sweeps may do. */
const DELIVERIES = 2;

/** Runs tasks and all that they make due, each delivered to several instances at once. */
async function deliver(instances: readonly StepContext[], first: readonly Task[]): Promise<void> {
  const queue = [...first];
  let turn = 0;
  for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
    const due = task;
    const outcomes = await Promise.all(
      Array.from({ length: DELIVERIES }, (_, delivery) => {
        turn += 1 + delivery;
        return runTask(instances[turn % instances.length] as StepContext, due);
      }),
    );
    queue.push(...outcomes.flatMap(({ next }) => next));
  }
}

/** A round of {@link UPDATES} that arrive by and by, while every instance looks and sweeps all the time. */
async function busyRound(burst: number): Promise<CountingStore> {
  const store = new CountingStore();
  await createModel(store, plan);
  await openFirstRound(store, { goal: UPDATES });
  const instances = Array.from({ length: INSTANCES }, () => contextOn(store));
  store.reset();
  for (let n = 0; n < UPDATES; n += 1) {
    await upload(store, plan, { device: pseudonym(n), delta: [1], exampleCount: 1 });
    if (n % burst !== 0 && n < UPDATES - 1) continue;
    const looks = await Promise.all(instances.map((instance) => runTask(instance, COLLECT)));
    const swept = await Promise.all(instances.map((instance) => sweep(instance)));
    await deliver(instances, [...looks.flatMap(({ next }) => next), ...swept.flat()]);
  }
  const records = contextOn(store).records;
  expect(await records.result({ model: MODEL, round: 1 })).toMatchObject({
    kind: 'published',
    included: UPDATES,
  });
  return store;
}

describe('2,001 updates that eight warm functions collect', () => {
  it.each([100, 700, UPDATES])(
    'are read three times each: twice for the seal, once in the fold (%i at a time)',
    async (burst) => {
      const store = await busyRound(burst);
      // Fewer than 32 requests are not worth a claim, so two functions may make them both.
      expect(store.count('head updates', 'get updates')).toBeLessThanOrEqual(3 * UPDATES + 2 * 32);
    },
    60_000,
  );
});
