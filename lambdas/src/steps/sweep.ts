import { MODELS_PREFIX, type Task } from '@tributary/client/protocol';
import { dueTasks, groupNumbers } from '../planning/due-tasks.ts';
import { isOverdue } from '../planning/overdue.ts';
import { locate } from '../records/locate.ts';
import { abortRound, settleLast } from './finish.ts';
import { listPartials } from './list-partials.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { versionKey } from './merge.ts';
import { type OpenRound, openRound, type StepContext } from './step.ts';

/** Models looked at side by side. */
const IN_FLIGHT_MAX = 8;

/** Time tasks are given by default, in milliseconds: a small fold takes a second, a cold start a few. */
const PATIENCE_MS_DEFAULT = 30_000;

export interface SweepOptions {
  /** Time a task is given before it is sent again, besides what its bytes take, in milliseconds. @default 30,000 */
  readonly patienceMs?: number;
}

/**
 * Finds whatever events missed, in every model: deadlines, lost hints, unfinished steps, a head that
 * lags, a series that stopped between two rounds. It keeps no state, so any number may run at once.
 *
 * @returns The tasks that are due and that nobody can be at work on any more, as far as times tell.
 */
export async function sweep(context: StepContext, options: SweepOptions = {}): Promise<Task[]> {
  const models: string[] = [];
  for await (const model of context.records.store.listSegments(MODELS_PREFIX)) models.push(model);
  const tasks = await mapConcurrently(models, IN_FLIGHT_MAX, async (model) => {
    try {
      return await sweepModel(context, model, options);
    } catch (error) {
      // One broken model must not keep the sweep from the others.
      context.log({ level: 'error', event: 'sweep-failed', model, error: String(error) });
      return [];
    }
  });
  return tasks.flat();
}

async function sweepModel(
  context: StepContext,
  model: string,
  options: SweepOptions,
): Promise<Task[]> {
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
  if (context.now() < open.round.abandonAt) return dueOf(context, open, options);
  await abortRound(context, open, {
    reason: 'stalled',
    message: `Round was not finished by ${new Date(open.round.abandonAt).toISOString()}; the model stays at version ${open.round.base.version}, look at the functions' logs and the dead-letter queue`,
  });
  return [];
}

async function dueOf(
  context: StepContext,
  open: OpenRound,
  { patienceMs = PATIENCE_MS_DEFAULT }: SweepOptions,
): Promise<Task[]> {
  const { records } = context;
  const { round } = open;
  const close = await records.close(open.id);
  if (close === undefined) return [{ schema: 1, task: 'collect', ...open.id }];
  const seals = await Promise.all(
    groupNumbers(round).map((group) => records.seals(open.id, group)),
  );
  const partials = await listPartials(context, open);
  const versionAt = (await records.store.head(versionKey(open)))?.modifiedAt;
  const times = { round, closedAt: close.closedAt, seals, partials, versionAt };
  const patience = { now: context.now(), patienceMs };
  const due = dueTasks({ round, seals, partials, hasVersion: versionAt !== undefined });
  return due.filter((task) => isOverdue(task, times, patience));
}
