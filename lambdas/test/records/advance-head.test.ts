import { encodeJson, headKey, InvocationFailedError } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { advanceHead, ensureHead } from '../../src/records/advance-head.ts';
import { Records } from '../../src/records/records.ts';
import { createModel, MODEL, planOf } from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

let store: MemoryObjectStore;
let records: Records;

beforeEach(async () => {
  store = new MemoryObjectStore();
  records = new Records(store);
  await createModel(store, planOf());
});

async function head() {
  return (await records.head(MODEL))?.head;
}

describe('Head', () => {
  it('moves to a result', async () => {
    const moved = { schema: 1, round: 1, version: 1 };
    expect(await advanceHead(records, MODEL, { round: 1, version: 1 })).toEqual(moved);
    expect(await head()).toEqual(moved);
  });

  it('never moves back, nor by the same result again', async () => {
    await advanceHead(records, MODEL, { round: 5, version: 4 });
    const there = await records.head(MODEL);
    for (const result of [
      { round: 3, version: 3 },
      { round: 5, version: 4 },
    ]) {
      expect(await advanceHead(records, MODEL, result)).toEqual(there?.head);
    }
    expect(await records.head(MODEL)).toEqual(there);
  });

  it('ends at the newest of many results that come at once in any order', async () => {
    const rounds = [3, 1, 7, 2, 6, 4, 5];
    await Promise.all(
      rounds.map((round) => advanceHead(records, MODEL, { round, version: round })),
    );
    expect(await head()).toEqual({ schema: 1, round: 7, version: 7 });
  });

  it('is tried again when somebody else moves it first', async () => {
    const replace = store.replace.bind(store);
    store.replace = async (pin, body) => {
      store.replace = replace;
      await replace(pin, encodeJson({ schema: 1, round: 1, version: 1 }));
      return replace(pin, body);
    };
    await advanceHead(records, MODEL, { round: 2, version: 2 });
    expect(await head()).toEqual({ schema: 1, round: 2, version: 2 });
  });

  it('fails the attempt, not the round, when every swap is lost', async () => {
    store.replace = async () => ({ kind: 'changed' });
    const moved = advanceHead(records, MODEL, { round: 2, version: 2 });
    await expect(moved).rejects.toThrow(InvocationFailedError);
    await expect(moved).rejects.toMatchObject({ code: 'head-contended' });
  });

  it('is made where creation stopped before it, and left alone where it is', async () => {
    store.objects.delete(headKey(MODEL));
    await advanceHead(records, MODEL, { round: 2, version: 2 });
    expect(await head()).toEqual({ schema: 1, round: 2, version: 2 });
    expect((await ensureHead(records, MODEL)).head).toEqual({ schema: 1, round: 2, version: 2 });
  });
});
