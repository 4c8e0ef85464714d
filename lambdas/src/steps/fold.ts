import {
  encodePartial,
  layoutOf,
  type PartialRecord,
  partialKey,
  RoundAbortedError,
  type SealObject,
} from '@tributary/client/protocol';
import { createExactSum, type ExactSum } from '../aggregation/exact-sum.ts';
import { type FoldTask, foldTasks, mergeTasks } from '../planning/due-tasks.ts';
import { shardRange } from '../planning/grid.ts';
import { assertArithmetic } from './arithmetic.ts';
import { abortRound } from './finish.ts';
import { listPartials } from './list-partials.ts';
import { type FoldedShard, foldShard } from './members.ts';
import { membersDigest } from './members-digest.ts';
import { putFunctionOfState } from './put-state.ts';
import { finalSeals } from './seal.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/** Sums one shard of one seal's members, exactly, and writes the partial. */
export async function fold(context: StepContext, task: FoldTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  const seal = open === undefined ? undefined : await context.records.seal(task);
  if (open === undefined || seal === undefined || task.shard >= open.round.shards) return NOTHING;
  assertArithmetic(open.round);
  const { store } = context.records;
  if ((await store.head(partialKey(task))) === undefined) {
    try {
      await putFunctionOfState(
        store,
        partialKey(task),
        await computePartial(context, open, { seal, task }),
      );
    } catch (error) {
      if (!(error instanceof RoundAbortedError)) throw error;
      return abortRound(context, open, { reason: 'member-lost', message: error.message });
    }
  }
  return {
    did: 'folded',
    next: (await allPartialsExist(context, open)) ? mergeTasks(open.round) : [],
  };
}

async function computePartial(
  context: StepContext,
  { round, plan: { plan } }: OpenRound,
  { seal, task }: { readonly seal: SealObject; readonly task: FoldTask },
): Promise<Uint8Array> {
  const shard = shardRange(layoutOf(plan).elementCount, {
    shard: task.shard,
    shards: round.shards,
  });
  const sum = createExactSum({
    elementCount: shard.end - shard.begin,
    fractionBits: round.fractionBits,
    deltaBoundLog2: plan.update.deltaBoundLog2,
  });
  try {
    const members = seal.members.map((member) => ({ seal, member }));
    const input = { store: context.records.store, sum, shard, sign: 1 } as const;
    return encode(round, sum, await foldShard(input, members));
  } finally {
    sum.release();
  }
}

function encode(
  round: OpenRound['round'],
  sum: ExactSum,
  { folded, excluded }: FoldedShard,
): Uint8Array {
  const members = folded.map(({ member }) => member);
  const record: PartialRecord = {
    schema: 1,
    arithmeticVersion: round.arithmeticVersion,
    fractionBits: round.fractionBits,
    count: members.length,
    weight: members.reduce((total, { weight }) => total + weight, 0),
    digest: membersDigest(members),
    excluded: excluded.map(({ sealed, code }) => ({ device: sealed.member.device, code })),
  };
  return encodePartial({ record, sums: sum.sums() });
}

/** True when every shard of every seal is folded. One LIST a group, begun after one's own write. */
async function allPartialsExist(context: StepContext, open: OpenRound): Promise<boolean> {
  const seals = await finalSeals(context, open);
  if (seals === undefined) return false;
  const partials = await listPartials(context, open);
  return foldTasks(open.round, seals.flat()).every((task) => partials.has(partialKey(task)));
}
