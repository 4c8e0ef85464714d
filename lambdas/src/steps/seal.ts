import {
  type RoundObject,
  type SealMember,
  type SealObject,
  type SealRejection,
  type Task,
  updatesPrefix,
} from '@tributary/client/protocol';
import { checkpointEntries, takeSealable } from '../planning/checkpoint.ts';
import { byDraw } from '../planning/draw-order.ts';
import { foldTasks, type SealTask, totalMembers } from '../planning/due-tasks.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { claim } from './claim.ts';
import { abortRound } from './finish.ts';
import { mergeWhenFolded } from './merge-when-folded.ts';
import { type CheckedUpdate, headersWork, listUnsealed, readHeaders } from './read-headers.ts';
import { finalOutlines } from './sealed-groups.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/**
 * Writes a group's next seal: a checkpoint while collecting, the final one after the close. The close
 * is read before the LIST begins, so every update acknowledged before it is in some seal.
 */
export async function seal(context: StepContext, task: SealTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  if (open === undefined || task.group >= open.round.groups) return NOTHING;
  const isClosed = (await context.records.close(open.id)) !== undefined;
  const sealed = await context.seals.group(open.id, task.group);
  if (sealed.isFinal) return endIfTooFew(context, open);

  const unsealed = await listUnsealed(context, updatesPrefix(open.id, task.group), sealed.devices);
  if (!isClosed && unsealed.length < checkpointEntries(open.round)) return NOTHING;
  const entries = takeSealable(byDraw(unsealed, open.round.seed), open.round);
  const number = sealed.seals.length;
  const membersBefore = sealed.memberCount;
  const isOurs = await claim(context, open, {
    name: `seal-${task.group}-${number}`,
    ...headersWork(context, entries),
  });
  if (!isOurs) return NOTHING;

  const { value } = await context.records.writeSeal({
    schema: 1,
    ...open.id,
    group: task.group,
    seal: number,
    final: isClosed && unsealed.length === entries.length,
    sealedAt: context.now(),
    ...sortEntries(open, await readHeaders(context, open, entries), membersBefore),
  });
  // Whoever won the race for this number, its seal is the one that counts.
  return afterSeal(context, open, value);
}

/** The seal's folds are due, and a look: what was asked for while this step sealed was left to it. */
async function afterSeal(
  context: StepContext,
  open: OpenRound,
  seal: SealObject,
): Promise<StepOutcome> {
  const folds = foldTasks(open.round, [seal]);
  if (!seal.final) {
    const look: Task = { schema: 1, task: 'collect', ...open.id };
    return { did: 'sealed', next: [...folds, look] };
  }
  const ended = await endIfTooFew(context, open);
  if (ended.did === 'aborted') return ended;
  // A last seal without members has no fold that would see that all others are done.
  const next = folds.length > 0 ? folds : await mergeWhenFolded(context, open);
  return { did: 'sealed', next };
}

/** Ends a round whose groups are all sealed with fewer members than the minimum. */
async function endIfTooFew(context: StepContext, open: OpenRound): Promise<StepOutcome> {
  const seals = await finalOutlines(context, open);
  const { minimum } = open.round.settings;
  const members = totalMembers(seals ?? []);
  if (seals === undefined || members >= minimum) return NOTHING;
  return abortRound(context, open, {
    reason: 'too-few-updates',
    message: `Round closed with ${members} valid updates, the minimum is ${minimum}; the model stays at version ${open.round.base.version}`,
  });
}

/** Splits checked updates into members, rejected and surplus. `entries` come in drawing order. */
function sortEntries(
  { round, plan: { plan } }: OpenRound,
  entries: readonly CheckedUpdate[],
  membersBefore: number,
): Pick<SealObject, 'members' | 'rejected' | 'surplus'> {
  const { strategy } = chooseStrategy(plan.strategy);
  const valid: SealMember[] = [];
  const rejected: SealRejection[] = [];
  for (const { device, etag, bytes, header } of entries) {
    if (header.kind === 'invalid') {
      const { kind: _, ...why } = header;
      rejected.push({ device, ...why });
    } else {
      const { kind: _, ...facts } = header;
      const weight = strategy.weightOf(header.exampleCount, plan.update);
      valid.push({ device, etag, bytes, weight, ...facts });
    }
  }
  const room = capacityLeft(round, membersBefore);
  return {
    members: valid.slice(0, room).sort(byDevice),
    rejected: rejected.sort(byDevice),
    surplus: valid
      .slice(room)
      .map(({ device }) => device)
      .sort(),
  };
}

function capacityLeft({ groupCapacity }: RoundObject, membersBefore: number): number {
  return Math.max(0, groupCapacity - membersBefore);
}

function byDevice(a: { readonly device: string }, b: { readonly device: string }): number {
  return a.device < b.device ? -1 : 1;
}
