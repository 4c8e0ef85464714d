import type { AbortReason, Rejection, ResultObject } from '@tributary/client/protocol';
import { groupNumbers } from '../planning/due-tasks.ts';
import { newRound } from '../planning/new-round.ts';
import { type RoundTimer, roundTimer } from '../planning/round-timer.ts';
import { advanceHead } from '../records/advance-head.ts';
import type { OpenRound, StepContext, StepOutcome } from './step.ts';

export interface Abort {
  readonly reason: AbortReason;
  /** One sentence for a person. */
  readonly message: string;
  /** Of the operator who asked for it. @default a fresh one */
  readonly requestId?: string;
  /** True ends the series. @default what the close says */
  readonly stop?: boolean;
  /** Updates that the fold excluded; those rejected at the header stand in the seals. @default [] */
  readonly excluded?: readonly Rejection[];
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
    rejected: [...seals.flat().flatMap(({ rejected }) => rejected), ...(abort.excluded ?? [])],
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
      ...(result.kind === 'aborted' ? { reason: result.reason } : { included: result.included }),
    });
  }
  return { did: result.kind, next: [], timer: await settle(context, open, result) };
}

/** Too few devices and an operator's word are the federation at work; the rest wants a person. */
function isAlarming(result: ResultObject): boolean {
  return result.kind === 'aborted' && ['member-lost', 'stalled'].includes(result.reason);
}

/**
 * What follows from a result, as often as anybody likes: head moves, the series goes on.
 *
 * @returns The timer of the round that was opened, if one was.
 */
export async function settle(
  context: StepContext,
  { id, round, plan }: OpenRound,
  result: ResultObject,
): Promise<RoundTimer | undefined> {
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
  return roundTimer(value, context.now());
}
