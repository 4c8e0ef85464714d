import {
  type CloseReason,
  type RoundId,
  SEAL_ENTRIES_MAX,
  updatesPrefix,
} from '@tributary/client/protocol';
import { groupNumbers, sealTasks, totalMembers } from '../planning/due-tasks.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { listUnsealed, readHeaders, type UnsealedUpdate } from './read-headers.ts';
import { sealedDevices } from './seal.ts';
import { NOTHING, type OpenRound, openRound, type StepContext, type StepOutcome } from './step.ts';

/** Looks whether collection is over, by deadline or by goal, and closes it. */
export async function collect(context: StepContext, id: RoundId): Promise<StepOutcome> {
  const open = await openRound(context, id);
  if (open === undefined) return NOTHING;
  if ((await context.records.close(id)) !== undefined) return afterClose(open);
  if (context.now() >= open.round.deadlineAt) return close(context, open, 'deadline');
  return closeByGoal(context, open);
}

async function closeByGoal(context: StepContext, open: OpenRound): Promise<StepOutcome> {
  const groups = groupNumbers(open.round);
  const seals = await Promise.all(groups.map((group) => context.records.seals(open.id, group)));
  const unsealed = await Promise.all(
    groups.map((group) =>
      listUnsealed(context, updatesPrefix(open.id, group), sealedDevices(seals[group] ?? [])),
    ),
  );
  const sealedMembers = totalMembers(seals);
  if (await goalReached(context, open, { sealedMembers, unsealed: unsealed.flat() })) {
    return close(context, open, 'goal');
  }
  const checkpoints = sealTasks(open.round).filter(
    (task) => task.task === 'seal' && (unsealed[task.group]?.length ?? 0) >= SEAL_ENTRIES_MAX,
  );
  return { did: 'waited', next: checkpoints };
}

async function goalReached(
  context: StepContext,
  open: OpenRound,
  found: { readonly sealedMembers: number; readonly unsealed: readonly UnsealedUpdate[] },
): Promise<boolean> {
  const { strategy } = chooseStrategy(open.plan.plan.strategy);
  const { goal } = open.round.settings;
  const { sealedMembers, unsealed } = found;
  // Headers cost requests: they are read only when counting every object would be enough.
  if (!strategy.mayClose({ validUpdates: sealedMembers + unsealed.length, goal })) return false;
  const checked = await readHeaders(context, open, unsealed);
  const valid = checked.filter(({ header }) => header.kind === 'valid').length;
  return strategy.mayClose({ validUpdates: sealedMembers + valid, goal });
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
  return { ...afterClose(open), did: 'closed' };
}

function afterClose({ round }: OpenRound): StepOutcome {
  return { did: 'nothing', next: sealTasks(round) };
}
