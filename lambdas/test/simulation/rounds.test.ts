import {
  closeKey,
  flattenTensors,
  layOutUpdate,
  type TrainingPlan,
  unflattenTensors,
  withoutFrozen,
} from '@tributary/client/protocol';
import { describe, expect, inject, it } from 'vitest';
import { errorBound } from '../../src/aggregation/fixed-point.ts';
import { Records } from '../../src/records/records.ts';
import { weightsOf } from '../support/drive-round.ts';
import { keyOf, MODEL, planOf, pseudonym, type TestUpdate } from '../support/federation.ts';
import type { MemoryObjectStore } from '../support/memory-object-store.ts';
import { referenceMean } from '../support/reference-mean.ts';
import { seededRandom } from './seeded-random.ts';
import { CALM, type SimulationInput, STORM, simulateRound } from './simulate-round.ts';

const ELEMENTS = 5;

/** Every other seed has frozen tensors, which no update holds. */
const PLANS: readonly TrainingPlan[] = [
  planOf({ shape: [ELEMENTS] }),
  planOf({
    tensors: [
      { name: 'base', dtype: 'F32', shape: [3], role: 'frozen' },
      { name: 'head', dtype: 'F32', shape: [2], role: 'trained' },
      { name: 'mask', dtype: 'F32', shape: [], role: 'frozen' },
      { name: 'tail', dtype: 'F32', shape: [ELEMENTS - 2], role: 'trained' },
    ],
  }),
];

function planFor(seed: number): TrainingPlan {
  return PLANS[seed % PLANS.length] ?? planOf();
}

/** Rounds under faults; `SEED=n` replays one, `SIMULATIONS=n` runs more. */
const seeds =
  process.env['SEED'] === undefined
    ? Array.from(
        { length: Number(process.env['SIMULATIONS'] ?? (inject('thorough') ? 200 : 40)) },
        (_, seed) => seed,
      )
    : [Number(process.env['SEED'])];

/** Between 2 and 9 devices; about one in five sends a number that may not count. */
function updatesOf(seed: number): TestUpdate[] {
  const random = seededRandom(seed * 7919 + 1);
  const count = 2 + Math.floor(random() * 8);
  return Array.from({ length: count }, (_, device) => {
    const delta = Array.from({ length: ELEMENTS }, () => Math.fround(random() * 2 - 1));
    if (device > 0 && random() < 0.2) delta[Math.floor(random() * ELEMENTS)] = BAD[device % 3] ?? 0;
    const exampleCount = 1 + Math.floor(random() * 100);
    return { device: pseudonym(`${seed}-${device}`), group: device % 3, exampleCount, delta };
  });
}

const BAD = [Number.NaN, Number.NEGATIVE_INFINITY, 16];

function isUsable({ delta }: TestUpdate): boolean {
  return [...delta].every((value) => Math.abs(value) < 16);
}

function inputOf(seed: number, faults: SimulationInput['faults']): SimulationInput {
  const updates = updatesOf(seed);
  return {
    seed,
    plan: planFor(seed),
    updates,
    faults,
    goal: updates.length,
    minimum: 1,
    groups: 3,
  };
}

describe('a round under a seeded schedule', () => {
  it.each(seeds)('publishes the same bits whatever fails (seed %i)', async (seed) => {
    const stormy = await simulateRound(inputOf(seed, STORM));
    const calm = await simulateRound(inputOf(seed, CALM));
    const usable = updatesOf(seed).filter(isUsable);
    expect(stormy.result).toMatchObject({ kind: 'published', included: usable.length });
    const plan = planFor(seed);
    expect(weightsOf(stormy.store, plan, 1)).toEqual(weightsOf(calm.store, plan, 1));
    expect(stormy.headMoves).toBe(1);
    const head = await new Records(stormy.store).head(MODEL);
    expect(head?.head).toEqual({ schema: 1, round: 1, version: 1 });
    await expectMean({ store: stormy.store, plan, updates: usable });
  });

  it.each(seeds)('counts what arrived before the close exactly once (seed %i)', async (seed) => {
    const updates = updatesOf(seed);
    const input = { ...inputOf(seed, STORM), goal: 100, deadlineSeconds: 1 };
    const { store, written, result } = await simulateRound(input);
    const sealed = await sealedMembers(store);
    expect(new Set(sealed).size).toBe(sealed.length);
    const closedAt = written.indexOf(closeKey({ model: MODEL, round: 1 }));
    const early = updates.filter((update) => written.slice(0, closedAt).includes(keyOf(update)));
    expect(sealed).toEqual(expect.arrayContaining(early.map(({ device }) => device)));
    const counted = updates.filter(({ device }) => sealed.includes(device)).filter(isUsable);
    if (counted.length === 0) {
      expect(result).toMatchObject({ kind: 'aborted', reason: 'too-few-updates' });
    } else {
      expect(result).toMatchObject({ kind: 'published', included: counted.length });
      await expectMean({ store, plan: planFor(seed), updates: counted });
    }
  });
});

async function sealedMembers(store: MemoryObjectStore): Promise<string[]> {
  const records = new Records(store);
  const seals = await Promise.all(
    [0, 1, 2].map((g) => records.seals({ model: MODEL, round: 1 }, g)),
  );
  return seals.flat().flatMap(({ members }) => members.map(({ device }) => device));
}

/** The published mean is the float64 reference within the proven bound. */
async function expectMean({
  store,
  plan,
  updates,
}: {
  store: MemoryObjectStore;
  plan: TrainingPlan;
  updates: readonly TestUpdate[];
}): Promise<void> {
  const mean = referenceMean(updates);
  const round = await new Records(store).round({ model: MODEL, round: 1 });
  const bound = errorBound({
    fractionBits: round?.fractionBits ?? 0,
    deltaBoundLog2: plan.update.deltaBoundLog2,
    memberCount: updates.length,
    totalWeight: updates.reduce((sum, { exampleCount }) => sum + exampleCount, 0),
  });
  const weights = unflattenTensors(plan, weightsOf(store, plan, 1));
  const stepped = flattenTensors(layOutUpdate(plan), withoutFrozen(plan, weights));
  for (const [i, weight] of stepped.entries()) {
    // Two roundings to float32 follow the bound: the mean's and the new weight's.
    const ulp = 2 ** -23 * Math.abs(mean[i] ?? 0);
    expect(Math.abs(weight - (mean[i] ?? 0))).toBeLessThanOrEqual(bound + ulp);
  }
}
