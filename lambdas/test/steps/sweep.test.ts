import { closeKey, encodeJson, type Task, versionFileKey } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { runTask } from '../../src/steps/run-task.ts';
import { sweep } from '../../src/steps/sweep.ts';
import { driveRound } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  MODEL,
  OPENED_AT,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const ID = { model: MODEL, round: 1 };

describe('the sweep', () => {
  it('F04: ends a round with no upload and no event, and the next one can open', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 3 });
    const context = contextOn(store);
    for (let minute = 0; minute < 4; minute += 1) {
      context.clock.now += 61_000;
      for (const task of await sweep(context)) await runTask(context, task);
    }
    expect(await context.records.result(ID)).toMatchObject({
      kind: 'aborted',
      reason: 'too-few-updates',
    });
    expect((await context.records.head(MODEL))?.head).toEqual({ schema: 1, round: 1, version: 0 });
  });

  it('F04: aborts as stalled what can’t end, with an alarm', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1, abandonAfterSeconds: 60 });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    const events: unknown[] = [];
    const context = { ...contextOn(store), log: (event: unknown) => void events.push(event) };
    // Folds never run: only the sweep does.
    await sweep(context);
    context.clock.now += 121_000;
    await sweep(context);
    expect(await context.records.result(ID)).toMatchObject({ kind: 'aborted', reason: 'stalled' });
    expect(events).toContainEqual(
      expect.objectContaining({ level: 'error', event: 'round-aborted', reason: 'stalled' }),
    );
    expect((await context.records.head(MODEL))?.head.round).toBe(1);
  });

  it('moves a head that lags and goes on with the series', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1 }, { remaining: 'continuous' });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    await driveRound(contextOn(store));
    // As if the publisher had died right after the commit.
    store.objects.delete(`rounds/${MODEL}/2/round.json`);
    store.objects.delete(`models/${MODEL}/head.json`);
    await store.putOnce(
      `models/${MODEL}/head.json`,
      encodeJson({ schema: 1, round: 0, version: 0 }),
    );
    const context = contextOn(store);
    await sweep(context);
    expect((await context.records.head(MODEL))?.head).toEqual({ schema: 1, round: 1, version: 1 });
    expect(await context.records.round({ model: MODEL, round: 2 })).toMatchObject({
      base: { version: 1 },
      remaining: 'continuous',
    });
  });

  it('a broken model does not keep it from the others', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1 });
    await store.putOnce('models/broken/head.json', new TextEncoder().encode('no JSON'));
    expect(await sweep(contextOn(store))).toEqual([{ schema: 1, task: 'collect', ...ID }]);
  });
});

describe('a task that the sweep finds due', () => {
  const clock = { now: OPENED_AT };
  let store: MemoryObjectStore;

  beforeEach(async () => {
    clock.now = OPENED_AT;
    store = new MemoryObjectStore(() => clock.now);
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1 });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
  });

  const context = () => ({ ...contextOn(store), now: () => clock.now });

  async function sweepNow(): Promise<Task['task'][]> {
    return (await sweep({ ...context(), patienceMs: 30_000 })).map(({ task }) => task);
  }

  it('is left to whoever made it due until it has had its time, at every step', async () => {
    const id = { schema: 1, ...ID } as const;
    const steps: Task[] = [
      { ...id, task: 'collect' },
      { ...id, task: 'seal', group: 0 },
      { ...id, task: 'fold', group: 0, seal: 0, shard: 0 },
      { ...id, task: 'merge', shard: 0 },
    ];
    // Closed at the deadline: at the goal the closing function seals as well.
    clock.now = OPENED_AT + 60_000;
    for (const [at, next] of ['seal', 'fold', 'merge', 'publish'].entries()) {
      await runTask(context(), steps[at] ?? { ...id, task: 'publish' });
      expect(await sweepNow()).toEqual([]);
      clock.now += 29_999;
      expect(await sweepNow()).toEqual([]);
      // A fold is given more for each of its updates and their bytes: 11 ms here.
      clock.now += 12;
      expect(await sweepNow()).toEqual([next]);
      expect(await sweepNow()).toEqual([next]);
    }
  });

  it('is sent at once while the round collects, for nobody else may know of an upload', async () => {
    expect(await sweepNow()).toEqual(['collect']);
    expect(await sweepNow()).toEqual(['collect']);
  });

  it('is sent at once where its time lies ahead, which only a wrong clock says', async () => {
    const hour = 3_600_000;
    clock.now += hour;
    await runTask(context(), { schema: 1, ...ID, task: 'collect' });
    clock.now -= hour;
    expect(store.objects.has(closeKey(ID))).toBe(true);
    expect(await sweepNow()).toEqual(['seal']);
  });

  it('is lost nowhere: swept only, a round whose every message is lost ends', async () => {
    for (let minute = 0; minute < 6; minute += 1) {
      for (const task of await sweep(context())) await runTask(context(), task);
      clock.now += 60_000;
    }
    expect(await context().records.result(ID)).toMatchObject({ kind: 'published' });
    expect(store.objects.has(versionFileKey(MODEL, 1, 'model.safetensors'))).toBe(true);
  });
});
