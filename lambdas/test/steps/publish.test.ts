import { METRIC_COUNT_MAX, type Metrics, type PublishedResult } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { driveRound } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

/** Metrics `{prefix}00`, `{prefix}01`, … */
function metricsOf(prefix: string, value: number): Metrics {
  const numbers = Array.from({ length: METRIC_COUNT_MAX }, (_, n) => `${n}`.padStart(2, '0'));
  return Object.fromEntries(numbers.map((number) => [`${prefix}${number}`, value]));
}

describe('the metrics of a result', () => {
  it('are those that most weight stands behind, then the first by name', async () => {
    const store = new MemoryObjectStore();
    const plan = planOf();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 4 });
    const loss = { loss: 0.5 };
    const updates: readonly (readonly [number, Metrics])[] = [
      [5, { ...loss }],
      [5, { loss: 1 }],
      [3, metricsOf('b', 2)],
      [3, metricsOf('a', 3)],
    ];
    for (const [at, [exampleCount, metrics]] of updates.entries()) {
      await upload(store, plan, { device: pseudonym(at), delta: [1, 1], exampleCount, metrics });
    }
    const result = (await driveRound(contextOn(store))) as PublishedResult;
    const { a15: _, ...first } = metricsOf('a', 3);
    const means = Object.entries(result.trainingMetrics).map(([name, { mean }]) => [name, mean]);
    expect(Object.fromEntries(means)).toEqual({ loss: 0.75, ...first });
  });
});
