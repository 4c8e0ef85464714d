import type { TrainingPlan } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { BLOCK_ELEMENTS } from '../../src/steps/members.ts';
import { driveRound, weightsOf } from '../support/drive-round.ts';
import {
  contextOn,
  createModel,
  openFirstRound,
  planOf,
  pseudonym,
  type TestUpdate,
  upload,
} from '../support/federation.ts';
import { MemoryObjectStore } from '../support/memory-object-store.ts';

type Tensors = TrainingPlan['tensors'];

const TENSORS: Tensors = [
  { name: 'dense/kernel', dtype: 'F32', shape: [2], role: 'trained' },
  { name: 'norm/moving_mean', dtype: 'F32', shape: [1], role: 'statistic' },
  { name: 'norm/moving_variance', dtype: 'F32', shape: [1], role: 'statistic' },
  { name: 'dense/bias', dtype: 'F32', shape: [1], role: 'trained' },
];

/** The means of a round's published version, and its result. */
async function publish(
  updates: readonly Omit<TestUpdate, 'device'>[],
  choices: Parameters<typeof planOf>[0] = {},
  overrides: Parameters<typeof openFirstRound>[2] = {},
) {
  const plan = planOf({ tensors: TENSORS, update: { statisticBoundLog2: 40 }, ...choices });
  const store = new MemoryObjectStore();
  await createModel(store, plan);
  const round = await openFirstRound(store, { goal: updates.length }, overrides);
  for (const [n, update] of updates.entries()) {
    await upload(store, plan, { device: pseudonym(n), ...update });
  }
  const result = await driveRound(contextOn(store));
  return {
    round,
    result,
    weights: result.kind === 'published' ? weightsOf(store, plan, 1) : new Float32Array(),
  };
}

describe('statistics as large as the data', () => {
  it.each([
    ['pixels 0 to 255', 127.5, 5418.75],
    ['incomes', 61_234.5, 1.25e10],
    ['small features', 0.0123, 0.000_321],
  ])('are published as their mean: %s', async (_, mean, variance) => {
    const { result, weights } = await publish([
      { delta: [1, 2, mean, variance, 3], exampleCount: 300 },
      { delta: [3, 4, mean * 3, variance * 3, 5], exampleCount: 100 },
    ]);
    expect(result).toMatchObject({ kind: 'published', included: 2 });
    expect([...weights.subarray(0, 2), weights[4]]).toEqual([1.5, 2.5, 3.5]);
    expect(weights[2]).toBeCloseTo(mean * 1.5, 5);
    expect(Math.abs((weights[3] ?? 0) / (variance * 1.5) - 1)).toBeLessThan(2 ** -20);
  });

  it('are rejected above their own bound, and trained tensors above theirs', async () => {
    const { result } = await publish([
      { delta: [1, 1, 1, 1, 1], exampleCount: 1 },
      { delta: [1, 1, 2 ** 40, 1, 1], exampleCount: 1 },
      { delta: [1, 1, 1, 1, 16], exampleCount: 1 },
    ]);
    expect(result).toMatchObject({
      kind: 'published',
      included: 1,
      rejectedCounts: { 'out-of-bounds': 2 },
    });
  });

  it('are left out wholly with a member whose later block is bad', async () => {
    const elementCount = BLOCK_ELEMENTS + 3;
    const good = new Float32Array(elementCount + 1).fill(5e9);
    const bad = Float32Array.from(good);
    bad[elementCount - 1] = Number.NaN;
    const tensors: Tensors = [
      { name: 'w', dtype: 'F32', shape: [1], role: 'trained' },
      { name: 'moving_variance', dtype: 'F32', shape: [elementCount], role: 'statistic' },
    ];
    good[0] = 2;
    bad[0] = 9;
    const { result, weights } = await publish(
      [
        { delta: good, exampleCount: 3 },
        { delta: bad, exampleCount: 5 },
        { delta: good, exampleCount: 4 },
      ],
      { tensors },
    );
    expect(result).toMatchObject({
      kind: 'published',
      included: 2,
      rejectedCounts: { 'non-finite': 1 },
    });
    expect(weights[0]).toBe(2);
    expect(weights.subarray(1).every((value) => value === 5e9)).toBe(true);
  });

  it('lie rightly behind trained elements of more than one block', async () => {
    const tensors: Tensors = [
      { name: 'w', dtype: 'F32', shape: [BLOCK_ELEMENTS - 3], role: 'trained' },
      { name: 'moving_mean', dtype: 'F32', shape: [3000], role: 'statistic' },
      { name: 'v', dtype: 'F32', shape: [2], role: 'trained' },
      { name: 'moving_variance', dtype: 'F32', shape: [7], role: 'statistic' },
    ];
    const isTrained = (i: number) =>
      i < BLOCK_ELEMENTS - 3 || Math.abs(i - BLOCK_ELEMENTS - 2997.5) < 1;
    const delta = Float32Array.from({ length: BLOCK_ELEMENTS + 3006 }, (_, i) =>
      isTrained(i) ? 0.5 : i * 1e5,
    );
    const { weights } = await publish([{ delta, exampleCount: 7 }], { tensors });
    expect(weights).toEqual(delta);
  });
});

describe('a round', () => {
  const one = [{ delta: [1, 1, 1, 1, 1], exampleCount: 1 }];

  it('states the fraction bits of its statistics, by another arithmetic', async () => {
    const { round } = await publish(one);
    const resolutionBits = round.fractionBits + 4;
    expect(round.statisticFractionBits).toBe(2 * resolutionBits - 40);
    expect(round.arithmeticVersion).toBe(2);
  });

  it('of a plan without statistics, or without a bound for them, is as it always was', async () => {
    const trained = TENSORS.map((tensor) => ({ ...tensor, role: 'trained' as const }));
    for (const choices of [{ tensors: trained }, { update: {} }]) {
      const { round, result, weights } = await publish(one, choices);
      expect(round).not.toHaveProperty('statisticFractionBits');
      expect(round.arithmeticVersion).toBe(1);
      expect(result.kind).toBe('published');
      expect([...weights]).toEqual([1, 1, 1, 1, 1]);
    }
  });

  it('of a plan made before bounds of statistics still judges them by the bound of deltas', async () => {
    const { result } = await publish(
      [
        { delta: [1, 1, 1, 1, 1], exampleCount: 1 },
        { delta: [1, 1, 1, 5000, 1], exampleCount: 1 },
      ],
      { update: {} },
    );
    expect(result).toMatchObject({ included: 1, rejectedCounts: { 'out-of-bounds': 1 } });
  });

  it('opened before bounds of statistics ends by its own arithmetic', async () => {
    const overrides = { statisticFractionBits: undefined, arithmeticVersion: 1 };
    const { result, weights } = await publish(one, {}, overrides);
    expect(result.kind).toBe('published');
    expect([...weights]).toEqual([1, 1, 1, 1, 1]);
  });

  it('is not folded by an arithmetic that is not its own', async () => {
    await expect(publish(one, {}, { arithmeticVersion: 1 })).rejects.toMatchObject({
      code: 'arithmetic-version',
    });
  });
});
