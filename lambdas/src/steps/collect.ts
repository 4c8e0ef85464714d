import { type CloseReason, type RoundId, updatesPrefix } from '@tributary/client/protocol';
import { checkpointEntries } from '../planning/checkpoint.ts';
import { sealTasks } from '../planning/due-tasks.ts';
import type { SealedGroup } from '../records/seal-outlines.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { claim } from './claim.ts';
import { headersWork, listUnsealed, readHeaders, type UnsealedUpdate } from './read-headers.ts';
import { seal } from './seal.ts';
import { sealedGroups } from './sealed-groups.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/** Looks whether collection is over, by deadline or by goal, and closes it. */
export async function collect(context: StepContext, id: RoundId): Promise<StepOutcome> {
  const open = await openRound(context, id);
  if (open === undefined) return NOTHING;
  if ((await context.records.close(id)) !== undefined) return afterClose(context, open);
  if (context.now() >= open.round.deadlineAt) return close(context, open, 'deadline');
  return closeByGoal(context, open);
}

/** A group as it lies in the bucket. */
interface Group {
  readonly sealed: SealedGroup;
  readonly unsealed: readonly UnsealedUpdate[];
}

async function closeByGoal(context: StepContext, open: OpenRound): Promise<StepOutcome> {
  const sealed = await sealedGroups(context, open);
  const groups = await Promise.all(
    sealed.map(async (group, number): Promise<Group> => {
      const prefix = updatesPrefix(open.id, number);
      return { sealed: group, unsealed: await listUnsealed(context, prefix, group.devices) };
    }),
  );
  // Many headers are read by one sealer, for all functions; the seal's writer then looks again.
  const enough = checkpointEntries(open.round);
  const checkpoints = sealTasks(open.round).filter(
    ({ group }) => (groups[group]?.unsealed.length ?? 0) >= enough,
  );
  if (checkpoints.length > 0) return { did: 'waited', next: checkpoints };
  if (await goalReached(context, open, groups)) {
    await close(context, open, 'goal');
    return sealAll(context, open);
  }
  return { did: 'waited', next: [] };
}

async function goalReached(
  context: StepContext,
  open: OpenRound,
  groups: readonly Group[],
): Promise<boolean> {
  const { strategy } = chooseStrategy(open.plan.plan.strategy);
  const { goal } = open.round.settings;
  const unsealed = groups.flatMap((group) => group.unsealed);
  const sealedMembers = groups.reduce((sum, { sealed }) => sum + sealed.memberCount, 0);
  // Headers cost requests: they are read only when counting every object would be enough.
  if (!strategy.mayClose({ validUpdates: sealedMembers + unsealed.length, goal })) return false;

  // Named by what was counted: one more update is a new reason to look.
  const sealedCount = groups.reduce((sum, { sealed }) => sum + sealed.devices.size, 0);
  const isOurs = await claim(context, open, {
    name: `close-${sealedCount + unsealed.length}`,
    ...headersWork(context, unsealed),
  });
  if (!isOurs) return false;

  const checked = await readHeaders(context, open, unsealed);
  const valid = checked.filter(({ header }) => header.kind === 'valid').length;
  return strategy.mayClose({ validUpdates: sealedMembers + valid, goal });
}

/** Seals right away: the headers that showed the goal are in this function's memory alone. */
async function sealAll(context: StepContext, open: OpenRound): Promise<StepOutcome> {
  const outcomes: StepOutcome[] = [];
  for (const task of sealTasks(open.round)) outcomes.push(await seal(context, task));
  const timer = outcomes.map((outcome) => outcome.timer).find((each) => each !== undefined);
  return { did: 'closed', next: outcomes.flatMap(({ next }) => next), timer };
}

async function close(
  context: StepContext,
  open: OpenRound,
  reason: CloseReason,
): Promise<StepOutcome> {
  const { kind } = await context.records.writeClose(open.id, {
    schema: 1,
    reason,
    requestId: context.newId(),
    closedAt: context.now(),
    stop: false,
  });
  if (kind === 'written') context.log({ level: 'info', event: 'round-closed', ...open.id, reason });
  return { did: 'closed', next: sealTasks(open.round) };
}

/** The final seals are due of groups that have none; whoever closed sent for them, and may be gone. */
async function afterClose(context: StepContext, open: OpenRound): Promise<StepOutcome> {
  const groups = await sealedGroups(context, open);
  const next = sealTasks(open.round).filter(({ group }) => groups[group]?.isFinal !== true);
  return { did: 'nothing', next };
}
