import { TOMBSTONE_SECONDS } from '@tributary/client/protocol';
import { expect, it } from 'vitest';
import { MemoryStore } from '../../../src/execution/index.ts';
import { describeWorkerStore } from './store-contract.ts';

describeWorkerStore('the store in memory', () => {
  let ms = 1_000;
  return {
    store: new MemoryStore({ now: () => ms }),
    elapse: async (seconds) => {
      ms += seconds * 1_000;
    },
  };
});

it('tombstones in memory go when no retry can come any more', async () => {
  let ms = 1_000;
  const store = new MemoryStore({ now: () => ms });
  const name = { owner: 'carol', id: 'x'.repeat(22) };
  await store.delete(name);
  ms += TOMBSTONE_SECONDS * 1_000 - 1;
  expect(await store.head(name)).toEqual({ kind: 'deleted', digest: null });
  ms += 1;
  expect(await store.head(name)).toEqual({ kind: 'missing' });
  expect(store.size).toBe(0);
});
