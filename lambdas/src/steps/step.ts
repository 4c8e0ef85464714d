import { DEPLOYMENT } from '@tributary/client/deployment';
import {
  DeploymentError,
  type PlanObject,
  planKey,
  type RoundId,
  type RoundObject,
  type Task,
} from '@tributary/client/protocol';
import type { Log } from '../log.ts';
import type { RoundTimer } from '../planning/round-timer.ts';
import type { Records } from '../records/records.ts';
import type { SealOutlines } from '../records/seal-outlines.ts';
import type { HeaderCache } from './read-headers.ts';

/** Time tasks are given by default, in milliseconds: a small fold takes a second, a cold start a few. */
export const PATIENCE_MS_DEFAULT: number = DEPLOYMENT.pace.sweepPatienceSeconds * 1_000;

/** What every step works with; clock and randomness come in, so that a run can be repeated. */
export interface StepContext {
  readonly records: Records;
  readonly headers: HeaderCache;
  readonly seals: SealOutlines;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A fresh random identifier, 32 hex digits. */
  readonly newId: () => string;
  readonly log: Log;
  /** Time a task is given before it is sent again, besides what its work takes, in milliseconds. @default 30,000 */
  readonly patienceMs?: number;
  /** Work that takes less, in milliseconds, is done without a claim. @default 320 */
  readonly claimedFromMs?: number;
}

/** What a step did, and which tasks have become due by it. Tasks are hints: losing them loses nothing. */
export interface StepOutcome {
  readonly did:
    | 'nothing'
    | 'waited'
    | 'closed'
    | 'sealed'
    | 'folded'
    | 'merged'
    | 'published'
    | 'aborted';
  readonly next: readonly Task[];
  /** Of the round that this step opened. */
  readonly timer?: RoundTimer | undefined;
}

export const NOTHING: StepOutcome = { did: 'nothing', next: [] };

/** A round that is still to be finished, with its plan. */
export interface OpenRound {
  readonly id: RoundId;
  readonly round: RoundObject;
  readonly plan: PlanObject;
}

/** Reads a round for a step; `undefined` where there is nothing left to do: no such round, or it has a result. */
export async function openRound(
  { records }: StepContext,
  id: RoundId,
): Promise<OpenRound | undefined> {
  if ((await records.result(id)) !== undefined) return undefined;
  const round = await records.round(id);
  if (round === undefined) return undefined;
  const plan = await records.plan(id.model);
  if (plan === undefined) {
    throw new DeploymentError(
      `Round ${id.round} of ${id.model} exists but ${planKey(id.model)} does not; restore the plan or delete the model with its tombstone`,
      { code: 'plan-missing' },
    );
  }
  return { id: { model: id.model, round: id.round }, round, plan };
}
