import { encodeJson, planKey, SEAL_ENTRIES_MAX, sealKey } from '@tributary/client/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { Records } from '../../src/records/records.ts';
import { createModel, MODEL, openFirstRound, planOf, pseudonym } from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

const ID = { model: MODEL, round: 1 };

class CountingStore extends MemoryObjectStore {
  readonly gets: string[] = [];

  override get(key: string) {
    this.gets.push(key);
    return super.get(key);
  }
}

let store: CountingStore;
let records: Records;

beforeEach(async () => {
  store = new CountingStore();
  records = new Records(store);
});

function sealOfDevices(count: number) {
  return {
    schema: 1,
    ...ID,
    group: 0,
    seal: 0,
    final: true,
    sealedAt: 0,
    members: [],
    rejected: [],
    surplus: Array.from({ length: count }, (_, n) => pseudonym(n)),
  };
}

describe('Records', () => {
  it('read what is small and immutable once', async () => {
    await createModel(store, planOf());
    await openFirstRound(store);
    await Promise.all([records.plan(MODEL), records.round(ID)]);
    store.gets.length = 0;
    await Promise.all([records.plan(MODEL), records.round(ID)]);
    expect(store.gets).toEqual([]);
  });

  it('keep a plan of any size, because every check-in reads it', async () => {
    const plan = { ...planOf(), architecture: 'x'.repeat(1_000_000) };
    await createModel(store, plan);
    await records.plan(MODEL);
    store.gets.length = 0;
    expect((await records.plan(MODEL))?.plan.architecture).toHaveLength(1_000_000);
    expect(store.gets.filter((key) => key === planKey(MODEL))).toEqual([]);
  });

  it('keep no full seal, which is large and seldom read', async () => {
    const key = sealKey({ ...ID, group: 0, seal: 0 });
    await store.putOnce(key, encodeJson(sealOfDevices(SEAL_ENTRIES_MAX)));
    for (const _ of [1, 2]) expect(await records.seals(ID, 0)).toHaveLength(1);
    expect(store.gets).toEqual([key, key]);
  });

  it('look again for what was not there', async () => {
    expect(await records.round(ID)).toBeUndefined();
    await createModel(store, planOf());
    await openFirstRound(store);
    expect(await records.round(ID)).toMatchObject(ID);
  });
});
