import { describe, expect, it } from 'vitest';
import { groupNumbers } from '../../src/planning/due-tasks.ts';
import { driveRound, weightsOf } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  keyOf,
  openFirstRound,
  planOf,
  pseudonym,
  type TestUpdate,
  updateBytes,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';
import { withExampleCount, withMetrics } from '../support/tampering.ts';

async function roundOf(
  updates: readonly TestUpdate[],
  options: { goal?: number; minimum?: number; groups?: number; exampleCountCap?: number } = {},
) {
  const { groups = 1, exampleCountCap = 16_384, goal = updates.length, minimum = 1 } = options;
  const plan = planOf({ update: { exampleCountCap } });
  const store = new MemoryObjectStore();
  await createModel(store, plan);
  await openFirstRound(store, { goal, minimum }, { groups });
  for (const update of updates) await upload(store, plan, update);
  const context = contextOn(store);
  return { plan, store, context };
}

/** The round runs until its deadline has passed. */
function afterDeadline(context: { clock: { now: number } }): void {
  context.clock.now += 61_000;
}

describe('F01 updates without examples', () => {
  const zero = async (store: MemoryObjectStore, device: string): Promise<void> => {
    const update = { device, delta: [9, 9], exampleCount: 1 };
    await store.putOnce(keyOf(update), withExampleCount(updateBytes(planOf(), update), '0'));
  };

  it('all of them: the round is aborted and head stays at the version it had', async () => {
    const { store, context } = await roundOf([], { goal: 3 });
    for (const n of [1, 2, 3]) await zero(store, pseudonym(n));
    afterDeadline(context);
    const result = await driveRound(context);
    expect(result).toMatchObject({ kind: 'aborted', reason: 'too-few-updates', version: 0 });
    expect(result.rejected.map(({ code }) => code)).toEqual([
      'no-examples',
      'no-examples',
      'no-examples',
    ]);
    expect((await context.records.head('m'))?.head).toEqual({ schema: 1, round: 1, version: 0 });
  });

  it('one of them: the mean is that of the others', async () => {
    const others = [
      { device: pseudonym(2), delta: [1, 2], exampleCount: 4 },
      { device: pseudonym(3), delta: [3, 6], exampleCount: 4 },
    ];
    const { plan, store, context } = await roundOf(others, { goal: 3 });
    await zero(store, pseudonym(1));
    afterDeadline(context);
    expect(await driveRound(context)).toMatchObject({ kind: 'published', included: 2 });
    expect([...weightsOf(store, plan, 1)]).toEqual([2, 4]);
  });
});

describe('F02 weights over groups', () => {
  const updates = [1, 2, 3, 4, 5, 6, 7].map((i) => ({
    device: pseudonym(i),
    delta: [i, i],
    exampleCount: i,
  }));

  it.each([
    ['one group', [0, 0, 0, 0, 0, 0, 0]],
    ['groups of 3, 3 and 1', [0, 0, 0, 1, 1, 1, 2]],
    ['groups of 1, 3 and 3', [0, 1, 1, 1, 2, 2, 2]],
  ])('gives exactly 140/28 = 5 with %s', async (_, groups) => {
    const grouped = updates.map((update, at) => ({ ...update, group: groups[at] ?? 0 }));
    const { plan, store, context } = await roundOf(grouped.reverse(), {
      groups: Math.max(...groups) + 1,
    });
    await driveRound(context);
    expect([...weightsOf(store, plan, 1)]).toEqual([5, 5]);
    const round = await context.records.round({ model: 'm', round: 1 });
    expect(round && groupNumbers(round)).toHaveLength(Math.max(...groups) + 1);
  });
});

describe('F06 example counts that are no counts', () => {
  it.each(['-5', '2.5', '1e3', '0x10', ' 7', '9007199254740993', 'NaN', ''])(
    'rejects %j and publishes the rest',
    async (text) => {
      const { store, context } = await roundOf(
        [{ device: pseudonym(1), delta: [1, 1], exampleCount: 1 }],
        { goal: 2 },
      );
      const update = { device: pseudonym(2), delta: [5, 5], exampleCount: 1 };
      await store.putOnce(keyOf(update), withExampleCount(updateBytes(planOf(), update), text));
      afterDeadline(context);
      const result = await driveRound(context);
      expect(result).toMatchObject({ kind: 'published', included: 1 });
      expect(result.rejected).toEqual([
        {
          device: pseudonym(2),
          code: 'example-count',
          detail: {
            message: `Metadata example_count is ${JSON.stringify(text)}, expected an integer from 1 to 2^53 − 1 in decimal digits; state the number of examples trained on`,
            expected: 'decimal digits, 1 to 2^53 − 1',
            got: text,
          },
        },
      ]);
    },
  );

  it('counts a billion as the cap', async () => {
    const { plan, store, context } = await roundOf(
      [
        { device: pseudonym(1), delta: [1, 1], exampleCount: 100 },
        { device: pseudonym(2), delta: [3, 3], exampleCount: 1_000_000_000 },
      ],
      { exampleCountCap: 100 },
    );
    expect(await driveRound(context)).toMatchObject({ conservation: { totalWeight: 200 } });
    expect([...weightsOf(store, plan, 1)]).toEqual([2, 2]);
  });
});

describe('training metrics of a round', () => {
  it('are over the devices that report them, weighted as the updates are', async () => {
    const { context } = await roundOf([
      { device: pseudonym(1), delta: [1, 1], exampleCount: 1, metrics: { loss: 4, accuracy: 0.5 } },
      { device: pseudonym(2), delta: [1, 1], exampleCount: 3, metrics: { loss: 0 } },
      { device: pseudonym(3), delta: [Number.NaN, 1], exampleCount: 9, metrics: { loss: 1e9 } },
    ]);
    const result = await driveRound(context);
    expect(result).toMatchObject({ kind: 'published', included: 2, exampleCount: 4 });
    expect(result).toHaveProperty('trainingMetrics', {
      loss: { mean: 1, devices: 2, standardDeviation: Math.sqrt(3), min: 0, max: 4 },
      accuracy: { mean: 0.5, devices: 1, standardDeviation: 0, min: 0.5, max: 0.5 },
    });
    expect(result).not.toHaveProperty('metrics');
  });

  it('show a training that diverged behind any number of good ones', async () => {
    const good = [1, 2, 3, 4].map((n) => ({
      device: pseudonym(n),
      delta: [1, 1],
      exampleCount: 1,
      metrics: { accuracy: 0.98, loss: 0.1 },
    }));
    const { context } = await roundOf([
      ...good,
      { device: pseudonym(5), delta: [1, 1], exampleCount: 1, metrics: { loss: 1e30 } },
    ]);
    expect(await driveRound(context)).toMatchObject({
      included: 5,
      trainingMetrics: { accuracy: { devices: 4 }, loss: { devices: 5, min: 0.1, max: 1e30 } },
    });
  });

  it('are finite however large what devices state', async () => {
    const { context } = await roundOf([
      { device: pseudonym(1), delta: [1, 1], exampleCount: 9, metrics: { l: Number.MAX_VALUE } },
      { device: pseudonym(2), delta: [1, 1], exampleCount: 9, metrics: { l: -Number.MAX_VALUE } },
    ]);
    const { MAX_VALUE } = Number;
    expect(await driveRound(context)).toMatchObject({
      trainingMetrics: {
        l: { mean: 0, devices: 2, standardDeviation: MAX_VALUE, min: -MAX_VALUE, max: MAX_VALUE },
      },
    });
  });

  it('that are none reject no update: it counts without them', async () => {
    const plan = planOf();
    const { store, context } = await roundOf([], { goal: 1 });
    const update = { device: pseudonym(1), delta: [1, 2], exampleCount: 1 };
    const file = withMetrics(updateBytes(plan, update), '{"loss": NaN, "a": 1}');
    await store.putOnce(keyOf(update), file);
    const result = await driveRound(context);
    expect(result).toMatchObject({ kind: 'published', included: 1, rejected: [] });
    expect(Object.keys(result.kind === 'published' ? result.trainingMetrics : {})).toEqual(['a']);
    expect([...weightsOf(store, plan, 1)]).toEqual([1, 2]);
  });
});

describe('F06 the largest valid example count', () => {
  it('beside an honest device is published: nobody can stop a round', async () => {
    const { plan, store, context } = await roundOf(
      [
        { device: pseudonym(1), delta: [1, 1], exampleCount: Number.MAX_SAFE_INTEGER },
        { device: pseudonym(2), delta: [3, 3], exampleCount: Number.MAX_SAFE_INTEGER },
      ],
      { exampleCountCap: 100 },
    );
    expect(await driveRound(context)).toMatchObject({
      kind: 'published',
      exampleCount: 200,
    });
    expect([...weightsOf(store, plan, 1)]).toEqual([2, 2]);
  });
});
