import type {
  Remaining,
  RoundObject,
  RoundSettings,
  TrainingPlan,
  VersionRef,
} from '@tributary/client/protocol';
import { RequestRefusedError } from '@tributary/client/protocol';
import {
  ARITHMETIC_VERSION,
  fractionBitsFor,
  STATISTICS_ARITHMETIC_VERSION,
  statisticFractionBitsFor,
} from '../aggregation/fixed-point.ts';
import { statisticCount } from './statistics.ts';

export interface NewRoundInput {
  readonly plan: TrainingPlan;
  readonly round: number;
  readonly base: VersionRef;
  readonly settings: RoundSettings;
  readonly remaining: Remaining;
  readonly requestId: string;
  /** 32 hex digits. */
  readonly seed: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Lays a round out: times, capacity and arithmetic. Pure.
 *
 * @throws {@link RequestRefusedError} `cohort-too-large` when the round could hold more members than
 * the plan's arithmetic allows.
 */
export function newRound(input: NewRoundInput): RoundObject {
  const { plan, settings, now } = input;
  const groupCapacity = Math.ceil(settings.goal * settings.overSelection);
  if (groupCapacity > plan.update.cohortMax) {
    throw new RequestRefusedError(
      `A round with goal ${settings.goal} and over-selection ${settings.overSelection} may hold ${groupCapacity} updates, the plan of ${plan.model} allows ${plan.update.cohortMax}; lower the goal or create the model with a larger cohortMax`,
      {
        code: 'cohort-too-large',
        detail: { capacity: groupCapacity, cohortMax: plan.update.cohortMax },
      },
    );
  }
  const deadlineAt = now + Math.ceil(settings.deadlineSeconds * 1000);
  return {
    schema: 1,
    model: plan.model,
    round: input.round,
    requestId: input.requestId,
    openedAt: now,
    deadlineAt,
    abandonAt: deadlineAt + Math.ceil(settings.abandonAfterSeconds * 1000),
    base: input.base,
    settings,
    groups: 1,
    shards: 1,
    groupCapacity,
    ...arithmeticOf(plan, groupCapacity),
    exclusionElements: true,
    seed: input.seed,
    remaining: input.remaining,
  };
}

type Arithmetic = Pick<RoundObject, 'fractionBits' | 'statisticFractionBits' | 'arithmeticVersion'>;

/** Fixes the resolution of a round's sums. Rounds without bounded statistics stay as they always were. */
function arithmeticOf(plan: TrainingPlan, membersMax: number): Arithmetic {
  const { deltaBoundLog2, statisticBoundLog2 } = plan.update;
  const weightMax = memberWeightMax(plan);
  const fractionBits = fractionBitsFor({ deltaBoundLog2, weightMax, membersMax });
  if (statisticBoundLog2 === undefined || statisticCount(plan) === 0) {
    return { fractionBits, arithmeticVersion: ARITHMETIC_VERSION };
  }
  return {
    fractionBits,
    statisticFractionBits: statisticFractionBitsFor({
      fractionBits,
      deltaBoundLog2,
      statisticBoundLog2,
    }),
    arithmeticVersion: STATISTICS_ARITHMETIC_VERSION,
  };
}

/** W: the largest weight a member of this plan can have. */
export function memberWeightMax(plan: TrainingPlan): number {
  return plan.update.weighting === 'uniform' ? 1 : plan.update.exampleCountCap;
}
