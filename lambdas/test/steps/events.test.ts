import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/log.ts';
import { measurementsOf } from '../../src/metrics.ts';
import { runTask } from '../../src/steps/run-task.ts';
import {
  contextOn,
  createModel,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const ID = { model: MODEL, round: 1 };

describe('events that carry measurements', () => {
  it('are logged once, however many functions run a step at the same time', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 3 });
    for (const [n, value] of [1, 2, Number.NaN].entries()) {
      await upload(store, planOf(), { device: pseudonym(n), delta: [0, value], exampleCount: 1 });
    }
    const events: LogEvent[] = [];
    const contexts = [1, 2, 3].map(() => ({
      ...contextOn(store),
      log: (event: LogEvent) => events.push(event),
    }));
    for (const task of [
      { schema: 1, task: 'collect', ...ID },
      { schema: 1, task: 'seal', ...ID, group: 0 },
      { schema: 1, task: 'fold', ...ID, group: 0, seal: 0, shard: 0 },
      { schema: 1, task: 'merge', ...ID, shard: 0 },
      { schema: 1, task: 'publish', ...ID },
    ] as const) {
      await Promise.all(contexts.map((context) => runTask(context, task)));
    }
    expect(events.filter(({ event }) => event === 'partial-written')).toMatchObject([
      { ...ID, group: 0, seal: 0, shard: 0, count: 2, bytes: 16, durationMs: 0 },
    ]);
    expect(events.filter(({ event }) => event === 'round-published')).toMatchObject([
      { ...ID, included: 2, rejectedCounts: { 'non-finite': 1 }, durationMs: 0 },
    ]);
    expect(events.flatMap(measurementsOf).map(({ name, value }) => [name, value])).toEqual([
      ['RoundsPublished', 1],
      ['UpdatesAccepted', 2],
      ['RoundDuration', 0],
      ['UpdatesRejected', 1],
    ]);
  });
});
