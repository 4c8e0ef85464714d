import {
  decodeState,
  encodeState,
  partialKey,
  resultKey,
  stateFileKey,
  updateKey,
  versionFileKey,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { runTask } from '../../src/steps/run-task.ts';
import type { ByteRange, ObjectPin } from '../../src/storage/object-store.ts';
import { driveRound } from '../support/drive-round.ts';
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
const MERGE = { schema: 1, task: 'merge', ...ID, shard: 0 } as const;

describe('objects a merge needs', () => {
  it('base-missing: a base version that is gone stops the round', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1 });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    store.objects.delete(versionFileKey(MODEL, 0, 'model.safetensors'));
    await expect(driveRound(contextOn(store))).rejects.toMatchObject({ code: 'base-missing' });
    expect(store.objects.has(resultKey(ID))).toBe(false);
  });

  it.each([
    ['gone', () => undefined],
    ['cut short', (bytes: Uint8Array | undefined) => bytes?.subarray(1)],
  ])('partial-lost: sums or witnesses that are %s stop the round', async (_, damage) => {
    for (const lost of ['sums', 'witnesses'] as const) {
      class Lossy extends MemoryObjectStore {
        override async getRange(pin: ObjectPin, range: ByteRange) {
          const bytes = await super.getRange(pin, range);
          const isPartial = pin.key.startsWith('partials/') && range.begin > 0;
          const part = range.end === pin.bytes ? 'witnesses' : 'sums';
          return isPartial && part === lost ? damage(bytes) : bytes;
        }
      }
      const store = new Lossy();
      await createModel(store, planOf());
      await openFirstRound(store, { goal: 1 });
      await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
      await expect(driveRound(contextOn(store))).rejects.toMatchObject({ code: 'partial-lost' });
      expect(store.objects.has(resultKey(ID))).toBe(false);
    }
  });

  it('state of another length or name is refused', async () => {
    const plan = planOf({ strategy: { name: 'fedavgm', options: {} } });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 }, { remaining: 1 });
    const context = contextOn(store);
    const update = { device: pseudonym(1), delta: [1, 1], exampleCount: 1 };
    await upload(store, plan, update);
    await driveRound(context);
    await upload(store, plan, { ...update, round: 2, baseVersion: 1 });
    const key = stateFileKey(MODEL, 1, 'state.safetensors');
    const id = { model: MODEL, version: 1 };
    const body = store.objects.get(key)?.body ?? new Uint8Array(0);
    expect(decodeState(body, { ...id, names: ['velocity'], elementCount: 2 })).toEqual({
      velocity: Float64Array.of(1, 1),
    });
    for (const [tensors, code] of [
      [{ velocity: Float64Array.of(1) }, 'wrong-shape'],
      [{ momentum: Float64Array.of(1, 1) }, 'wrong-tensors'],
    ] as const) {
      store.objects.delete(key);
      await store.putOnce(key, encodeState({ ...id, tensors }));
      await expect(driveRound(context, 2)).rejects.toMatchObject({ code });
    }
  });
});

describe('a round of two shards', () => {
  async function foldedShards() {
    const plan = planOf({ shape: [5_000] });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 2 }, { shards: 2 });
    const bad = new Float32Array(5_000).fill(1);
    bad[4_999] = Number.NaN;
    await upload(store, plan, { device: pseudonym(1), delta: bad, exampleCount: 1 });
    await upload(store, plan, { device: pseudonym(2), delta: bad.with(4_999, 1), exampleCount: 1 });
    const context = contextOn(store);
    await runTask(context, { schema: 1, task: 'collect', ...ID });
    await runTask(context, { schema: 1, task: 'seal', ...ID, group: 0 });
    for (const shard of [0, 1]) {
      const fold = { ...ID, group: 0, seal: 0, shard };
      await runTask(context, { schema: 1, task: 'fold', ...fold });
      expect(store.objects.has(partialKey(fold))).toBe(true);
    }
    return { store, context };
  }

  it('is aborted as member-lost when what has to be taken back in the merge is gone', async () => {
    const { store, context } = await foldedShards();
    store.objects.delete(updateKey({ ...ID, group: 0, device: pseudonym(1) }));
    expect(await runTask(context, MERGE)).toMatchObject({ did: 'aborted' });
    expect(await context.records.result(ID)).toMatchObject({ reason: 'member-lost', version: 0 });
  });

  it('makes no version: one file holds all elements', async () => {
    const { store, context } = await foldedShards();
    await expect(runTask(context, MERGE)).rejects.toThrow(/Round of 2 shards, expected 1/);
    expect(store.objects.has(versionFileKey(MODEL, 1, 'model.safetensors'))).toBe(false);
  });
});
