import {
  encodePartial,
  type PartialRecord,
  parsePartialHeader,
  partialKey,
  resultKey,
  versionFileKey,
} from '@tributary/client/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExactSum } from '../../src/aggregation/exact-sum.ts';
import { BLOCK_ELEMENTS, type FoldedShard, foldShard } from '../../src/steps/members.ts';
import { inclusionOf, readPartials } from '../../src/steps/partials.ts';
import { runTask } from '../../src/steps/run-task.ts';
import { finalSeals } from '../../src/steps/sealed-groups.ts';
import { shardOf, shardSum } from '../../src/steps/shard-sum.ts';
import { type OpenRound, openRound, type StepContext } from '../../src/steps/step.ts';
import { sumPartials } from '../../src/steps/sum-partials.ts';
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
const FOLD = { schema: 1, task: 'fold', ...ID, group: 0, seal: 0 } as const;
const MERGE = { schema: 1, task: 'merge', ...ID, shard: 0 } as const;
const CONSERVATION = expect.objectContaining({ code: 'conservation' });

/** How a sum treats its n-th call: as asked, not at all, or twice. */
type Times = (call: number) => 0 | 1 | 2;

/** A sum that says it did as asked, whatever it did. */
function faulty(sum: ExactSum, faults: { add?: Times; takeBack?: Times; merge?: Times }): ExactSum {
  const calls = { add: 0, takeBack: 0, merge: 0 };
  const times = (kind: 'add' | 'takeBack' | 'merge') => {
    calls[kind] += 1;
    return faults[kind]?.(calls[kind]) ?? 1;
  };
  return {
    elementCount: sum.elementCount,
    add(offset, contributions) {
      const kind = contributions.some(({ weight }) => weight < 0) ? 'takeBack' : 'add';
      let outcomes = contributions.map(() => 'added' as const) as ReturnType<ExactSum['add']>;
      for (let n = times(kind); n > 0; n -= 1) outcomes = sum.add(offset, contributions);
      return outcomes;
    },
    addSums(offset, addends) {
      for (let n = times('merge'); n > 0; n -= 1) sum.addSums(offset, addends);
    },
    sums: () => sum.sums(),
    witnesses: () => sum.witnesses(),
    weighs: (totalWeight) => sum.weighs(totalWeight),
    mean: (...args) => sum.mean(...args),
    release: () => sum.release(),
  };
}

/** A round of ten members, sealed; member 10 has a NaN in its last element. */
async function sealedRound(options: { elementCount: number; shards?: number }) {
  const plan = planOf({ shape: [options.elementCount] });
  const store = new MemoryObjectStore();
  await createModel(store, plan);
  await openFirstRound(store, { goal: 10 }, { shards: options.shards ?? 1 });
  for (let n = 1; n <= 10; n += 1) {
    const delta = new Float32Array(options.elementCount).fill(n / 8);
    if (n === 10) delta[options.elementCount - 1] = Number.NaN;
    await upload(store, plan, { device: pseudonym(n), delta, exampleCount: n });
  }
  const context = contextOn(store);
  await runTask(context, { schema: 1, task: 'collect', ...ID });
  await runTask(context, { schema: 1, task: 'seal', ...ID, group: 0 });
  const open = (await openRound(context, ID)) as OpenRound;
  const seals = (await finalSeals(context, open))?.flat() ?? [];
  return { store, context, open, seals };
}

describe('a fold', () => {
  // Two blocks of ten members, eight at a time: four additions and one that takes back.
  let round: Awaited<ReturnType<typeof sealedRound>>;
  beforeAll(async () => {
    round = await sealedRound({ elementCount: BLOCK_ELEMENTS + 7 });
  });

  async function foldBy(
    sumOf: (sum: ExactSum) => ExactSum,
    { twice = false } = {},
  ): Promise<FoldedShard> {
    const { store, open, seals } = round;
    const shard = shardOf(open, 0);
    const sum = shardSum(open, shard);
    const members = seals.flatMap((seal) => seal.members.map((member) => ({ seal, member })));
    const all = twice ? [...members, ...members.slice(0, 1)] : members;
    try {
      return await foldShard({ store, sum: sumOf(sum), shard, sign: 1 }, all);
    } finally {
      sum.release();
    }
  }

  it('holds nine members of ten, of weight 45, in every block', async () => {
    const folded = await foldBy((sum) => sum);
    expect(folded).toMatchObject({ count: 9, weight: 45, bytes: 9 * 4 * (BLOCK_ELEMENTS + 7) });
    expect(folded.excluded.map(({ code }) => code)).toEqual(['non-finite']);
  });

  it.each([1, 2, 3, 4])('stops when addition %i was passed by', async (at) => {
    const add: Times = (call) => (call === at ? 0 : 1);
    await expect(foldBy((sum) => faulty(sum, { add }))).rejects.toEqual(CONSERVATION);
  });

  it.each([1, 2, 3, 4])('stops when addition %i was made twice', async (at) => {
    const add: Times = (call) => (call === at ? 2 : 1);
    await expect(foldBy((sum) => faulty(sum, { add }))).rejects.toEqual(CONSERVATION);
  });

  it.each([0, 2] as const)('stops when what it takes back is taken %i times', async (times) => {
    const takeBack: Times = () => times;
    await expect(foldBy((sum) => faulty(sum, { takeBack }))).rejects.toEqual(CONSERVATION);
  });

  it('stops when a member is given twice', async () => {
    await expect(foldBy((sum) => sum, { twice: true })).rejects.toEqual(CONSERVATION);
  });
});

describe('a merge', () => {
  // Of two shards, so that member 10, bad in shard 1, is taken back in shard 0.
  let round: Awaited<ReturnType<typeof sealedRound>>;
  beforeAll(async () => {
    round = await sealedRound({ elementCount: 5_000, shards: 2 });
    for (const shard of [0, 1]) await runTask(round.context, { ...FOLD, shard });
  });

  async function mergeBy(
    sumOf: (sum: ExactSum) => ExactSum,
    { twice = false } = {},
  ): Promise<number[]> {
    const { store, context, open, seals } = round;
    const read = (await readPartials(context, open, seals)) ?? [];
    const own = read.filter((partial) => partial.shard === 0);
    const shard = shardOf(open, 0);
    const sum = shardSum(open, shard);
    try {
      const partials = twice ? [...own, ...own] : own;
      const inclusion = inclusionOf(seals, read);
      await sumPartials({ store, sum: sumOf(sum), partials, shard, inclusion });
      return [...sum.mean(0, 1, inclusion.totalWeight)];
    } finally {
      sum.release();
    }
  }

  it('leaves out in every shard who was excluded in one', async () => {
    // Σ n·n/8 over 1 … 9, divided by Σ n.
    expect(await mergeBy((sum) => sum)).toEqual([Math.fround(285 / 8 / 45)]);
  });

  it.each([0, 2] as const)('stops when a partial was added %i times', async (times) => {
    const merge: Times = () => times;
    await expect(mergeBy((sum) => faulty(sum, { merge }))).rejects.toEqual(CONSERVATION);
  });

  it('stops when a partial is given twice', async () => {
    await expect(mergeBy((sum) => sum, { twice: true })).rejects.toEqual(CONSERVATION);
  });

  it.each([0, 2] as const)('stops when what it takes back is taken %i times', async (times) => {
    const takeBack: Times = () => times;
    await expect(mergeBy((sum) => faulty(sum, { takeBack }))).rejects.toEqual(CONSERVATION);
  });
});

describe('a round whose partial was summed wrongly', () => {
  const partial = partialKey({ ...ID, group: 0, seal: 0, shard: 0 });

  async function foldedRound(): Promise<{ store: MemoryObjectStore; context: StepContext }> {
    const round = await sealedRound({ elementCount: 3 });
    await runTask(round.context, { ...FOLD, shard: 0 });
    return round;
  }

  async function replace(store: MemoryObjectStore, body: Uint8Array): Promise<void> {
    store.objects.delete(partial);
    await store.putOnce(partial, body);
  }

  it('makes no version and no result: its witness says another weight', async () => {
    const { store, context } = await foldedRound();
    const body = Uint8Array.from(store.objects.get(partial)?.body ?? []);
    const witness = new DataView(body.buffer, body.length - 8);
    witness.setBigInt64(0, (witness.getBigInt64(0, true) / 45n) * 44n, true);
    await replace(store, body);
    await expect(runTask(context, MERGE)).rejects.toEqual(CONSERVATION);
    expect(store.objects.has(versionFileKey(MODEL, 1, 'model.safetensors'))).toBe(false);
    expect(store.objects.has(resultKey(ID))).toBe(false);
  });

  it.each<Partial<PartialRecord>>([
    { count: 8 },
    { weight: 44 },
    { bytes: 104 },
    { digest: '0'.repeat(64) },
    { fractionBits: 1 },
    { arithmeticVersion: 2 },
    { excluded: [] },
  ])('makes no version and no result: its record says %j', async (change) => {
    const { store, context } = await foldedRound();
    const body = store.objects.get(partial)?.body ?? new Uint8Array(0);
    const { record, dataOffset, witnessesOffset } = parsePartialHeader(body, body.length);
    const sums = body.subarray(dataOffset, witnessesOffset);
    const witnesses = body.subarray(witnessesOffset);
    const forged = encodePartial({ record: { ...record, ...change }, sums, witnesses });
    await replace(store, forged);
    await expect(runTask(context, MERGE)).rejects.toEqual(CONSERVATION);
    await store.putOnce(versionFileKey(MODEL, 1, 'model.safetensors'), new Uint8Array(1));
    const publish = { schema: 1, task: 'publish', ...ID } as const;
    await expect(runTask(context, publish)).rejects.toEqual(CONSERVATION);
    expect(store.objects.has(resultKey(ID))).toBe(false);
  });
});
