import {
  badNumberDetail,
  decodeSafetensors,
  decodeState,
  partialKey,
  stateFileKey,
  type TrainingPlan,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { BLOCK_ELEMENTS } from '../../src/steps/members.ts';
import { runTask } from '../../src/steps/run-task.ts';
import { driveRound, weightsOf } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  keyOf,
  MODEL,
  openFirstRound,
  planOf,
  pseudonym,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

type Tensors = TrainingPlan['tensors'];

const INITIAL = 0.5;
const ID = { model: MODEL, round: 1 };

/** Frozen tensors before, between and behind those that travel. */
const TENSORS: Tensors = [
  { name: 'base', dtype: 'F32', shape: [3], role: 'frozen' },
  { name: 'head', dtype: 'F32', shape: [2], role: 'trained' },
  { name: 'mask', dtype: 'F32', shape: [], role: 'frozen' },
  { name: 'moving_mean', dtype: 'F32', shape: [1], role: 'statistic' },
  { name: 'tail', dtype: 'F32', shape: [1], role: 'trained' },
  { name: 'table', dtype: 'F32', shape: [0, 4], role: 'frozen' },
];

async function open(
  choices: Parameters<typeof planOf>[0],
  settings: Parameters<typeof openFirstRound>[1],
  overrides: Parameters<typeof openFirstRound>[2] = {},
) {
  const plan = planOf({ update: { statisticBoundLog2: 40 }, ...choices });
  const store = new MemoryObjectStore();
  await createModel(store, plan, INITIAL);
  await openFirstRound(store, settings, overrides);
  return { plan, store };
}

describe('a round of a plan with frozen tensors', () => {
  it('takes updates without them and publishes them as they were', async () => {
    const { plan, store } = await open({ tensors: TENSORS }, { goal: 2 });
    const [first, second] = [1, 3].map((factor, n) => ({
      device: pseudonym(n),
      delta: [1, 2, 1000, -1].map((value) => value * factor),
      exampleCount: 5,
    }));
    if (first === undefined || second === undefined) throw new Error('Expected two updates');
    await upload(store, plan, first);
    await upload(store, plan, second);

    expect(await driveRound(contextOn(store))).toMatchObject({ kind: 'published', included: 2 });
    const file = decodeSafetensors(store.objects.get(keyOf(first))?.body ?? new Uint8Array());
    expect(file.tensors.map(({ name, data }) => [name, data.length])).toEqual([
      ['head', 8],
      ['moving_mean', 4],
      ['tail', 4],
    ]);
    const weights = [...weightsOf(store, plan, 1)];
    expect(weights).toEqual([0.5, 0.5, 0.5, 2.5, 4.5, 0.5, 2000.5, -1.5]);
  });

  it('keeps state of what travels only, from version to version', async () => {
    const strategy = { name: 'fedavgm', options: { momentum: 0.5, learningRate: 3 } };
    const { plan, store } = await open(
      { tensors: TENSORS, strategy },
      { goal: 1 },
      { remaining: 1 },
    );
    const context = contextOn(store);
    for (const round of [1, 2]) {
      const update = { device: pseudonym(1), delta: [1, 2, 3, 4], exampleCount: 1 };
      await upload(store, plan, { ...update, round, baseVersion: round - 1 });
      await driveRound(context, round);
    }

    const weights = [...weightsOf(store, plan, 2)];
    expect(weights).toEqual([0.5, 0.5, 0.5, 8, 15.5, 0.5, 6.5, 30.5]);
    const state = store.objects.get(stateFileKey(MODEL, 2, 'state.safetensors'));
    const expected = { model: MODEL, version: 2, names: ['velocity'], elementCount: 4 };
    expect(decodeState(state?.body ?? new Uint8Array(), expected)).toEqual({
      velocity: Float64Array.of(1.5, 3, 0, 6),
    });
  });

  it('names the tensor and the element of a bad number behind a frozen one', async () => {
    const { plan, store } = await open({ tensors: TENSORS }, { goal: 2 });
    for (const [n, last] of [1, 16].entries()) {
      const update = { device: pseudonym(n), delta: [1, 1, 1, last], exampleCount: 1 };
      await upload(store, plan, update);
    }
    expect(await driveRound(contextOn(store))).toMatchObject({
      kind: 'published',
      included: 1,
      rejected: [{ code: 'out-of-bounds', detail: { tensor: 'tail' } }],
      excluded: [{ elements: [3] }],
    });
  });

  it('folds and publishes over several blocks', async () => {
    const tensors: Tensors = [
      { name: 'base', dtype: 'F32', shape: [BLOCK_ELEMENTS + 11], role: 'frozen' },
      { name: 'head', dtype: 'F32', shape: [BLOCK_ELEMENTS + 5], role: 'trained' },
      { name: 'tail', dtype: 'F32', shape: [7], role: 'frozen' },
      { name: 'moving_variance', dtype: 'F32', shape: [3], role: 'statistic' },
    ];
    const { plan, store } = await open({ tensors }, { goal: 1 });
    const delta = Float32Array.from({ length: BLOCK_ELEMENTS + 8 }, (_, i) =>
      i < BLOCK_ELEMENTS + 5 ? (i % 64) / 64 : 1e6 + i,
    );
    await upload(store, plan, { device: pseudonym(1), delta, exampleCount: 3 });
    await driveRound(contextOn(store));

    const grown = delta.map((value) => value + INITIAL);
    const expected = new Float32Array(2 * BLOCK_ELEMENTS + 26).fill(INITIAL);
    expected.set(grown.subarray(0, -3), BLOCK_ELEMENTS + 11);
    expected.set(grown.subarray(-3), 2 * BLOCK_ELEMENTS + 23);
    const weights = weightsOf(store, plan, 1);
    expect(weights).toHaveLength(expected.length);
    expect(weights.findIndex((value, i) => value !== expected[i])).toBe(-1);
  });

  it('is cut into shards by the elements of updates', async () => {
    const tensors: Tensors = [
      { name: 'base', dtype: 'F32', shape: [10_000], role: 'frozen' },
      { name: 'head', dtype: 'F32', shape: [5_000], role: 'trained' },
      { name: 'mask', dtype: 'F32', shape: [3], role: 'frozen' },
      { name: 'moving_mean', dtype: 'F32', shape: [100], role: 'statistic' },
    ];
    const { plan, store } = await open({ tensors }, { goal: 2 }, { shards: 2 });
    const good = new Float32Array(5_100).fill(1);
    const bad = Float32Array.from(good).fill(Number.NaN, 5_003, 5_004);
    await upload(store, plan, { device: pseudonym(1), delta: good, exampleCount: 1 });
    await upload(store, plan, { device: pseudonym(2), delta: bad, exampleCount: 1 });
    const context = contextOn(store);
    await runTask(context, { schema: 1, task: 'collect', ...ID });
    await runTask(context, { schema: 1, task: 'seal', ...ID, group: 0 });

    const partials = [0, 1].map((shard) => ({ ...ID, group: 0, seal: 0, shard }));
    for (const partial of partials) {
      await runTask(context, { schema: 1, task: 'fold', ...partial });
    }
    const files = partials.map((partial) =>
      decodeSafetensors(store.objects.get(partialKey(partial))?.body ?? new Uint8Array()),
    );
    const shapes = files.map((file) => file.tensors.map(({ shape }) => shape));
    // The second shard has 904 trained elements, and two sums for each of its 100 statistics.
    expect(shapes).toEqual([
      [[4_096], [1]],
      [[904 + 2 * 100], [1]],
    ]);
    const records = files.map(({ metadata }) => JSON.parse(metadata['partial'] ?? '{}'));
    expect(records).toMatchObject([
      { count: 2, bytes: 2 * 4 * 4_096, excluded: [] },
      { count: 1, bytes: 4 * 1_004, excluded: [{ code: 'non-finite', element: 5_003 }] },
    ]);
    expect(badNumberDetail(plan, { code: 'non-finite', element: 5_003 })).toMatchObject({
      message: expect.stringContaining('Tensor "moving_mean", element 3:'),
    });
  });
});
