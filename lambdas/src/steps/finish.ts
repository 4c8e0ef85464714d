import type { AbortReason, ResultObject, RoundId, RoundObject } from '@tributary/client/protocol';
import { groupNumbers } from '../planning/due-tasks.ts';
import { newRound } from '../planning/new-round.ts';
import { roundTimer } from '../planning/round-timer.ts';
import { advanceHead } from '../records/advance-head.ts';
import type { Exclusions } from './partials.ts';
import { summariseRejections } from './rejections.ts';
import type { OpenRound, StepContext, StepOutcome } from './step.ts';

export interface Abort {
  readonly reason: AbortReason;
  /** One sentence for a person. */
  readonly message: string;
  /** Of the operator who asked for it. @default a fresh one */
  readonly requestId?: string;
  /** True ends the series. @default what the close says */
  readonly stop?: boolean;
  /** Members that the fold excluded. @default none */
  readonly excluded?: Exclusions;
}

/** Ends a round without a version. If the round has a result already, that one stands. */
export async function abortRound(
  context: StepContext,
  open: OpenRound,
  abort: Abort,
): Promise<StepOutcome> {
  const { records } = context;
  const seals = await Promise.all(
    groupNumbers(open.round).map((group) => records.seals(open.id, group)),
  );
  const close = await records.close(open.id);
  return finishRound(context, open, {
    schema: 1,
    kind: 'aborted',
    ...open.id,
    requestId: abort.requestId ?? context.newId(),
    finishedAt: context.now(),
    stop: abort.stop === true || close?.stop === true,
    ...summariseRejections(open.plan.plan, seals.flat(), abort.excluded ?? new Map()),
    reason: abort.reason,
    message: abort.message,
    version: open.round.base.version,
  });
}

/** Writes the result, or adopts the one that is there; then moves head and opens the series' next round. */
export async function finishRound(
  context: StepContext,
  open: OpenRound,
  proposed: ResultObject,
): Promise<StepOutcome> {
  const { kind, value: result } = await context.records.writeResult(proposed);
  if (kind === 'written') {
    context.log({
      level: isAlarming(result) ? 'error' : 'info',
      event: `round-${result.kind}`,
      ...open.id,
      version: result.version,
      durationMs: result.finishedAt - open.round.openedAt,
      rejectedCounts: result.rejectedCounts,
      ...(result.kind === 'aborted' ? { reason: result.reason } : { included: result.included }),
    });
  }
  const opened = await settle(context, open, result);
  return { did: result.kind, next: [], timer: opened && roundTimer(opened, context.now()) };
}

/** Too few devices and an operator's word are the federation at work; the rest wants a person. */
function isAlarming(result: ResultObject): boolean {
  return result.kind === 'aborted' && ['member-lost', 'stalled'].includes(result.reason);
}

/** What settling needs of a {@link StepContext}. */
export type SettleContext = Pick<StepContext, 'records' | 'now' | 'newId'>;

/**
 * What follows from a result, as often as anybody likes: head moves, the series goes on.
 *
 * @returns The series' next round, if it has one.
 */
async function settle(
  context: SettleContext,
  { id, round, plan }: OpenRound,
  result: ResultObject,
): Promise<RoundObject | undefined> {
  await advanceHead(context.records, id.model, result);
  if (result.stop || round.remaining === 0) return undefined;
  const base =
    result.kind === 'published' ? { version: result.version, files: result.files } : round.base;
  const { value } = await context.records.writeRound(
    newRound({
      plan: plan.plan,
      round: id.round + 1,
      base,
      settings: round.settings,
      remaining: round.remaining === 'continuous' ? 'continuous' : round.remaining - 1,
      requestId: `after-round-${id.round}`,
      seed: context.newId(),
      now: context.now(),
    }),
  );
  return value;
}

/**
 * Makes good what may be missing after a model's last result, where whoever wrote it stopped right after.
 *
 * @param round - The last finished round; 0 before the first, where nothing is to be done.
 * @returns The series' next round, if it has one.
 */
export async function settleLast(
  context: SettleContext,
  { model, round }: RoundId,
): Promise<RoundObject | undefined> {
  if (round === 0) return undefined;
  const { records } = context;
  const id = { model, round };
  const [there, plan, result] = await Promise.all([
    records.round(id),
    records.plan(model),
    records.result(id),
  ]);
  if (there === undefined || plan === undefined || result === undefined) return undefined;
  return settle(context, { id, round: there, plan }, result);
}
