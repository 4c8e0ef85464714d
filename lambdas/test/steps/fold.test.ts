import {
  decodeState,
  partialKey,
  resultKey,
  stateFileKey,
  updateKey,
  versionFileKey,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { BLOCK_ELEMENTS } from '../../src/steps/members.ts';
import { runTask } from '../../src/steps/run-task.ts';
import { drive, driveRound, weightsOf } from '../support/drive-round.ts';
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
const FOLD_TASK = { schema: 1, task: 'fold', ...ID, group: 0, seal: 0, shard: 0 } as const;

describe('a member with a bad number', () => {
  it.each([
    ['NaN in the first block', Number.NaN, 0, 'non-finite'],
    ['an infinity in the last block', Number.POSITIVE_INFINITY, BLOCK_ELEMENTS + 6, 'non-finite'],
    ['a value at the bound in the last block', 16, BLOCK_ELEMENTS + 6, 'out-of-bounds'],
  ])('adds nothing at all: %s', async (_, value, at, code) => {
    const plan = planOf({ shape: [BLOCK_ELEMENTS + 7] });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 3 });
    const good = new Float32Array(BLOCK_ELEMENTS + 7).fill(0.5);
    const bad = new Float32Array(BLOCK_ELEMENTS + 7).fill(0.25);
    bad[at] = value;
    await upload(store, plan, { device: pseudonym(1), delta: good, exampleCount: 3 });
    await upload(store, plan, { device: pseudonym(2), delta: bad, exampleCount: 5 });
    await upload(store, plan, { device: pseudonym(3), delta: good, exampleCount: 4 });
    const result = await driveRound(contextOn(store));
    expect(result).toMatchObject({
      kind: 'published',
      included: 2,
      rejected: [{ device: pseudonym(2), code }],
      conservation: { sealed: 3, included: 2, rejectedInFold: 1, totalWeight: 7 },
    });
    expect(weightsOf(store, plan, 1).every((weight) => weight === 0.5)).toBe(true);
  });

  it('too many of them abort the round, and the model stays', async () => {
    const plan = planOf();
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 3, minimum: 2 });
    for (const n of [1, 2, 3]) {
      const delta = n === 1 ? [1, 1] : [1, Number.NaN];
      await upload(store, plan, { device: pseudonym(n), delta, exampleCount: 1 });
    }
    const context = contextOn(store);
    expect(await driveRound(context)).toMatchObject({
      kind: 'aborted',
      reason: 'too-few-updates',
      version: 0,
      rejected: [
        { device: pseudonym(2), code: 'non-finite' },
        { device: pseudonym(3), code: 'non-finite' },
      ].sort((a, b) => (a.device < b.device ? -1 : 1)),
    });
    expect((await context.records.head(MODEL))?.head).toEqual({ schema: 1, round: 1, version: 0 });
    expect(store.objects.has(versionFileKey(MODEL, 1, 'model.safetensors'))).toBe(false);
  });
});

describe('a member that is gone or changed', () => {
  it.each(['gone', 'changed'])('aborts the round as member-lost: %s', async (fault) => {
    const plan = planOf();
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 2 });
    for (const n of [1, 2]) {
      await upload(store, plan, { device: pseudonym(n), delta: [n, n], exampleCount: 1 });
    }
    const context = contextOn(store);
    await runTask(context, { schema: 1, task: 'collect', ...ID });
    await runTask(context, { schema: 1, task: 'seal', ...ID, group: 0 });
    const key = updateKey({ ...ID, group: 0, device: pseudonym(2) });
    store.objects.delete(key);
    if (fault === 'changed') {
      await upload(store, plan, { device: pseudonym(2), delta: [9, 9], exampleCount: 1 });
    }
    await drive(context, FOLD_TASK);
    expect(await context.records.result(ID)).toMatchObject({
      kind: 'aborted',
      reason: 'member-lost',
    });
  });
});

describe('functions of state', () => {
  it('meet an equal partial in peace and stop at a different one', async () => {
    const plan = planOf();
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 });
    await upload(store, plan, { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    await driveRound(contextOn(store));
    const version = store.objects.get(versionFileKey(MODEL, 1, 'model.safetensors'));
    // A round without its result is folded again to the same bits.
    for (const key of [resultKey(ID), partialKey(FOLD_TASK)]) store.objects.delete(key);
    await drive(contextOn(store), FOLD_TASK);
    expect(store.objects.get(versionFileKey(MODEL, 1, 'model.safetensors'))).toEqual(version);

    store.objects.delete(resultKey(ID));
    const partial = store.objects.get(partialKey(FOLD_TASK));
    const tampered = Uint8Array.from(partial?.body ?? []);
    tampered[tampered.length - 1] = 0x55;
    class Blind extends MemoryObjectStore {
      #asked = 0;
      override async head(key: string) {
        // The first look comes before the other writer's partial.
        this.#asked += key === partialKey(FOLD_TASK) ? 1 : 0;
        return key === partialKey(FOLD_TASK) && this.#asked === 1 ? undefined : super.head(key);
      }
    }
    const blind = new Blind();
    for (const [key, { body }] of store.objects) {
      await blind.putOnce(key, key === partialKey(FOLD_TASK) ? tampered : body);
    }
    await expect(runTask(contextOn(blind), FOLD_TASK)).rejects.toMatchObject({
      code: 'state-mismatch',
    });
  });

  it('a partial that disagrees with its seal is never published', async () => {
    const plan = planOf();
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 });
    await upload(store, plan, { device: pseudonym(1), delta: [1, 1], exampleCount: 7 });
    await driveRound(contextOn(store));
    store.objects.delete(resultKey(ID));
    const partial = store.objects.get(partialKey(FOLD_TASK));
    const text = Buffer.from(partial?.body ?? []).toString('latin1');
    store.objects.delete(partialKey(FOLD_TASK));
    const forged = Buffer.from(text.replace('\\"weight\\":7', '\\"weight\\":8'), 'latin1');
    expect(forged.toString('latin1')).not.toBe(text);
    await store.putOnce(partialKey(FOLD_TASK), forged);
    const context = contextOn(store);
    await expect(runTask(context, { schema: 1, task: 'publish', ...ID })).rejects.toMatchObject({
      code: 'conservation',
    });
    expect(await context.records.result(ID)).toBeUndefined();
  });
});

describe('server momentum', () => {
  it('lives in float64 from version to version', async () => {
    const plan = planOf({ strategy: { name: 'fedavgm', options: { momentum: 0.5 } } });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 }, { remaining: 1 });
    await upload(store, plan, { device: pseudonym(1), delta: [1, 2], exampleCount: 1 });
    const context = contextOn(store);
    await driveRound(context);
    await upload(store, plan, {
      device: pseudonym(1),
      delta: [1, 2],
      exampleCount: 1,
      round: 2,
      baseVersion: 1,
    });
    await driveRound(context, 2);
    expect([...weightsOf(store, plan, 2)]).toEqual([2.5, 5]);
    const state = store.objects.get(stateFileKey(MODEL, 2, 'state.safetensors'));
    const expected = { model: MODEL, version: 2, names: ['velocity'], elementCount: 2 };
    expect(decodeState(state?.body ?? new Uint8Array(0), expected)).toEqual({
      velocity: Float64Array.of(1.5, 3),
    });
  });

  it('leaves statistics alone: they are averaged, never stepped', async () => {
    const plan = planOf({
      tensors: [
        { name: 'w', dtype: 'F32', shape: [1], role: 'trained' },
        { name: 'moving_mean', dtype: 'F32', shape: [1], role: 'statistic' },
      ],
      strategy: { name: 'fedavgm', options: { momentum: 0.5, learningRate: 3 } },
    });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 }, { remaining: 1 });
    const context = contextOn(store);
    for (const round of [1, 2]) {
      await upload(store, plan, {
        device: pseudonym(1),
        delta: [1, 1],
        exampleCount: 1,
        round,
        baseVersion: round - 1,
      });
      await driveRound(context, round);
    }
    expect([...weightsOf(store, plan, 2)]).toEqual([3 + 4.5, 2]);
  });
});

describe('F10 tensors without elements', () => {
  it('round-trip with their shapes, and scalars are averaged', async () => {
    const plan = planOf({
      tensors: [
        { name: 'e', dtype: 'F32', shape: [0, 3], role: 'trained' },
        { name: 'f', dtype: 'F32', shape: [2, 0], role: 'trained' },
        { name: 's', dtype: 'F32', shape: [], role: 'trained' },
      ],
    });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 2 });
    for (const n of [1, 3])
      await upload(store, plan, { device: pseudonym(n), delta: [n], exampleCount: 1 });
    expect(await driveRound(contextOn(store))).toMatchObject({ kind: 'published', included: 2 });
    expect([...weightsOf(store, plan, 1)]).toEqual([2]);
  });
});

describe('a function of another version', () => {
  it('does not fold a round that was opened for another arithmetic', async () => {
    const store = new MemoryObjectStore();
    await createModel(store, planOf());
    await openFirstRound(store, { goal: 1 }, { arithmeticVersion: 99 });
    await upload(store, planOf(), { device: pseudonym(1), delta: [1, 1], exampleCount: 1 });
    await expect(driveRound(contextOn(store))).rejects.toMatchObject({
      code: 'arithmetic-version',
    });
  });
});

describe('server state that is gone', () => {
  it('stops the round instead of starting the momentum anew', async () => {
    const plan = planOf({ strategy: { name: 'fedavgm', options: {} } });
    const store = new MemoryObjectStore();
    await createModel(store, plan);
    await openFirstRound(store, { goal: 1 }, { remaining: 1 });
    const context = contextOn(store);
    const update = { device: pseudonym(1), delta: [1, 1], exampleCount: 1 };
    await upload(store, plan, update);
    await driveRound(context);
    store.objects.delete(stateFileKey(MODEL, 1, 'state.safetensors'));
    await upload(store, plan, { ...update, round: 2, baseVersion: 1 });
    await expect(driveRound(context, 2)).rejects.toMatchObject({ code: 'state-missing' });
  });
});
