import {
  encodePartial,
  type PartialRecord,
  partialKey,
  type SealObject,
} from '@tributary/client/protocol';
import type { FoldTask } from '../planning/due-tasks.ts';
import { foldWork } from '../planning/overdue.ts';
import { abortIfLost } from './abort-if-lost.ts';
import { assertArithmetic } from './arithmetic.ts';
import { claim } from './claim.ts';
import { assertConserved } from './conserved.ts';
import { type FoldedShard, foldShard } from './members.ts';
import { mergeWhenFolded } from './merge-when-folded.ts';
import { putFunctionOfState } from './put-state.ts';
import { shardOf, shardSum } from './shard-sum.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/** Sums one shard of one seal's members, exactly, and writes the partial. */
export async function fold(context: StepContext, task: FoldTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  const seal = open === undefined ? undefined : await context.records.seal(task);
  if (open === undefined || seal === undefined || task.shard >= open.round.shards) return NOTHING;
  assertArithmetic(open.round);
  const { store } = context.records;
  if ((await store.head(partialKey(task))) === undefined) {
    const name = `fold-${task.group}-${task.seal}-${task.shard}`;
    if (!(await claim(context, open, { name, work: foldWork(seal, open.round) }))) return NOTHING;
    const lost = await abortIfLost(context, open, async () => {
      await writePartial(context, open, { seal, task });
    });
    if (lost !== undefined) return lost;
  }
  return {
    did: 'folded',
    next: await mergeWhenFolded(context, open),
  };
}

interface FoldInput {
  readonly seal: SealObject;
  readonly task: FoldTask;
}

async function writePartial(
  context: StepContext,
  open: OpenRound,
  input: FoldInput,
): Promise<void> {
  const { schema: _, task: __, ...named } = input.task;
  const startedAt = context.now();
  const { record, file } = await computePartial(context, open, input);
  const outcome = await putFunctionOfState(context.records.store, partialKey(named), file);
  if (outcome !== 'written') return;
  const durationMs = context.now() - startedAt;
  const { count, bytes } = record;
  context.log({ level: 'info', event: 'partial-written', ...named, count, bytes, durationMs });
}

async function computePartial(
  context: StepContext,
  open: OpenRound,
  { seal, task }: FoldInput,
): Promise<{ readonly record: PartialRecord; readonly file: Uint8Array }> {
  const shard = shardOf(open, task.shard);
  const sum = shardSum(open, shard);
  try {
    const members = seal.members.map((member) => ({ seal, member }));
    const { plan } = open.plan;
    const input = { store: context.records.store, sum, shard, sign: 1, plan } as const;
    const record = recordOf(open, await foldShard(input, members));
    assertConserved(open, { key: partialKey(task), record, seal, shard: task.shard });
    const file = encodePartial({ record, sums: sum.sums(), witnesses: sum.witnesses() });
    return { record, file };
  } finally {
    sum.release();
  }
}

function recordOf(
  { round }: OpenRound,
  { excluded, count, weight, bytes, digest }: FoldedShard,
): PartialRecord {
  return {
    schema: 1,
    arithmeticVersion: round.arithmeticVersion,
    fractionBits: round.fractionBits,
    count,
    weight,
    bytes,
    digest,
    excluded: excluded.map(({ sealed, code, element }) => ({
      device: sealed.member.device,
      code,
      element: round.exclusionElements === true ? element : undefined,
    })),
  };
}
