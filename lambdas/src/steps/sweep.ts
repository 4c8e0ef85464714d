import { MODELS_PREFIX, type Task } from '@tributary/client/protocol';
import { dueTasks } from '../planning/due-tasks.ts';
import { isOverdue } from '../planning/overdue.ts';
import { locate } from '../records/locate.ts';
import { abortRound, settleLast } from './finish.ts';
import { listPartials } from './list-partials.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { versionKey } from './merge.ts';
import { sealedGroups } from './sealed-groups.ts';
import { type OpenRound, openRound, PATIENCE_MS_DEFAULT, type StepContext } from './step.ts';

/** Models looked at side by side. */
const IN_FLIGHT_MAX = 8;

/**
 * Finds whatever events missed, in every model: deadlines, lost hints, unfinished steps, a head that
 * lags, a series that stopped between two rounds. It keeps no state, so any number may run at once.
 *
 * @returns The tasks that are due and that nobody can be at work on any more, as far as times tell.
 */
export async function sweep(context: StepContext): Promise<Task[]> {
  const models: string[] = [];
  for await (const model of context.records.store.listSegments(MODELS_PREFIX)) models.push(model);
  const tasks = await mapConcurrently(models, IN_FLIGHT_MAX, async (model) => {
    try {
      return await sweepModel(context, model);
    } catch (error) {
      // One broken model must not keep the sweep from the others.
      context.log({ level: 'error', event: 'sweep-failed', model, error: String(error) });
      return [];
    }
  });
  return tasks.flat();
}

async function sweepModel(context: StepContext, model: string): Promise<Task[]> {
  const location = await locate(context.records, model);
  if (location === undefined) return [];
  const last = { model, round: location.finished };
  if (location.open === undefined) {
    await settleLast(context, last);
    return [];
  }
  const open = await openRound(context, { model, round: location.next });
  if (open === undefined) return [];
  if (location.finished > location.head.head.round) await settleLast(context, last);
  if (context.now() < open.round.abandonAt) return dueOf(context, open);
  await abortRound(context, open, {
    reason: 'stalled',
    message: `Round was not finished by ${new Date(open.round.abandonAt).toISOString()}; the model stays at version ${open.round.base.version}, look at the functions' logs and the dead-letter queue`,
  });
  return [];
}

async function dueOf(context: StepContext, open: OpenRound): Promise<Task[]> {
  const { records, patienceMs = PATIENCE_MS_DEFAULT } = context;
  const { round } = open;
  const close = await records.close(open.id);
  if (close === undefined) return [{ schema: 1, task: 'collect', ...open.id }];
  const groups = await sealedGroups(context, open);
  const seals = groups.map((group) => group.seals);
  const partials = await listPartials(context, open);
  const versionAt = (await records.store.head(versionKey(open)))?.modifiedAt;
  const times = { round, closedAt: close.closedAt, seals, partials, versionAt };
  const patience = { now: context.now(), patienceMs };
  const due = dueTasks({ round, seals, partials, hasVersion: versionAt !== undefined });
  return due.filter((task) => isOverdue(task, times, patience));
}
