import {
  type RoundObject,
  SEAL_ENTRIES_MAX,
  type SealMember,
  type SealObject,
  type Task,
  updatesPrefix,
} from '@tributary/client/protocol';
import { byDraw } from '../planning/draw-order.ts';
import { foldTasks, groupNumbers, totalMembers } from '../planning/due-tasks.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { abortRound } from './finish.ts';
import { type CheckedUpdate, listUnsealed, readHeaders } from './read-headers.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

export type SealTask = Extract<Task, { readonly task: 'seal' }>;

/**
 * Writes a group's next seal: a checkpoint while collecting, the final one after the close. The close
 * is read before the LIST begins, so every update acknowledged before it is in some seal.
 */
export async function seal(context: StepContext, task: SealTask): Promise<StepOutcome> {
  const open = await openRound(context, task);
  if (open === undefined || task.group >= open.round.groups) return NOTHING;
  const isClosed = (await context.records.close(open.id)) !== undefined;
  const seals = await context.records.seals(open.id, task.group);
  if (seals.at(-1)?.final === true) return afterFinalSeal(context, open, seals);
  const sealed = sealedDevices(seals);
  const unsealed = await listUnsealed(context, updatesPrefix(open.id, task.group), sealed);
  if (!isClosed && unsealed.length < SEAL_ENTRIES_MAX) return NOTHING;
  const entries = byDraw(unsealed, open.round.seed).slice(0, SEAL_ENTRIES_MAX);
  const { value } = await context.records.writeSeal({
    schema: 1,
    ...open.id,
    group: task.group,
    seal: seals.length,
    final: isClosed && unsealed.length <= SEAL_ENTRIES_MAX,
    sealedAt: context.now(),
    ...sortEntries(open, await readHeaders(context, open, entries), totalMembers([seals])),
  });
  // Whoever won the race for this number, its seal is the one that counts.
  return afterSeal(context, open, [...seals, value]);
}

async function afterSeal(
  context: StepContext,
  open: OpenRound,
  seals: readonly SealObject[],
): Promise<StepOutcome> {
  const last = seals.at(-1);
  if (last === undefined || last.final) return afterFinalSeal(context, open, seals);
  const again: Task = { schema: 1, task: 'seal', ...open.id, group: last.group };
  return { did: 'sealed', next: [...foldTasks(open.round, [last]), again] };
}

async function afterFinalSeal(
  context: StepContext,
  open: OpenRound,
  own: readonly SealObject[],
): Promise<StepOutcome> {
  const all = await finalSeals(context, open);
  const { minimum } = open.round.settings;
  const members = totalMembers(all ?? []);
  if (all !== undefined && members < minimum) {
    return abortRound(context, open, {
      reason: 'too-few-updates',
      message: `Round closed with ${members} valid updates, the minimum is ${minimum}; the model stays at version ${open.round.base.version}`,
    });
  }
  return { did: 'sealed', next: foldTasks(open.round, own) };
}

/** All groups' seals, or `undefined` while a group's final seal is missing. */
export async function finalSeals(
  { records }: StepContext,
  { id, round }: OpenRound,
): Promise<SealObject[][] | undefined> {
  const seals = await Promise.all(groupNumbers(round).map((group) => records.seals(id, group)));
  return seals.every((group) => group.at(-1)?.final === true) ? seals : undefined;
}

/** The devices some seal of a group names already. */
export function sealedDevices(seals: readonly SealObject[]): Set<string> {
  return new Set(
    seals.flatMap(({ members, rejected, surplus }) => [
      ...members.map(({ device }) => device),
      ...rejected.map(({ device }) => device),
      ...surplus,
    ]),
  );
}

/** Splits checked updates into members, rejected and surplus. `entries` come in drawing order. */
function sortEntries(
  { round, plan: { plan } }: OpenRound,
  entries: readonly CheckedUpdate[],
  membersBefore: number,
): Pick<SealObject, 'members' | 'rejected' | 'surplus'> {
  const { strategy } = chooseStrategy(plan.strategy);
  const valid: SealMember[] = [];
  const rejected: { device: string; code: string }[] = [];
  for (const { device, etag, bytes, header } of entries) {
    if (header.kind === 'invalid') {
      rejected.push({ device, code: header.code });
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
