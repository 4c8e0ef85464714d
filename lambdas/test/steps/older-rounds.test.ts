import { decodeSafetensors, partialKey } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { driveRound } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  keyOf,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  updateBytes,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

/** Folds a round of a good and a bad update; what is stored of it. */
async function foldedRound(overrides: { readonly exclusionElements?: undefined }) {
  const plan = planOf();
  const store = new MemoryObjectStore();
  await createModel(store, plan);
  const round = await openFirstRound(store, { goal: 2 }, overrides);
  for (const [device, bad] of [
    [pseudonym(1), 1],
    [pseudonym(2), Number.NaN],
  ] as const) {
    const update = { device, delta: [1, bad], exampleCount: 1 };
    await store.putOnce(keyOf(update), updateBytes(plan, update));
  }
  const result = await driveRound(contextOn(store));
  const key = partialKey({ model: MODEL, round: 1, group: 0, seal: 0, shard: 0 });
  const { metadata } = decodeSafetensors(store.objects.get(key)?.body ?? new Uint8Array());
  return { round, result, record: metadata['partial'] ?? '' };
}

describe('the bytes of a partial', () => {
  it('have the bad element of each exclusion in a round that says so', async () => {
    const { round, result, record } = await foldedRound({});
    expect(round.exclusionElements).toBe(true);
    expect(JSON.parse(record).excluded).toEqual([
      { device: pseudonym(2), code: 'non-finite', element: 1 },
    ]);
    expect(result.rejected).toMatchObject([{ code: 'non-finite', detail: { tensor: 'w' } }]);
  });

  it('are those of the program that opened the round, whichever program folds it', async () => {
    const { result, record } = await foldedRound({ exclusionElements: undefined });
    const excluded = `"excluded":[{"device":"${pseudonym(2)}","code":"non-finite"}]}`;
    expect(record.endsWith(excluded)).toBe(true);
    expect(result).toMatchObject({ kind: 'published', included: 1 });
    expect(result.rejected).toEqual([{ device: pseudonym(2), code: 'non-finite' }]);
  });
});
