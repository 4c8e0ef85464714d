/** `rounds/{model}/{round}/round.json` and `close.json`: how a round was opened and why collection ended. */
import * as z from 'zod';
import { ObjectInvalidError } from '../errors.ts';
import {
  countField,
  modelField,
  positiveField,
  requestIdField,
  schemaField,
  timeField,
  type VersionRef,
  versionRefSchema,
} from '../fields.ts';
import { DEADLINE_SECONDS_MAX, DEADLINE_SECONDS_MIN } from '../limits.ts';

/** Rounds still to open after this one: a number, or for ever. */
export type Remaining = number | 'continuous';

/** Reads {@link Remaining}. */
export const remainingField: z.ZodType<Remaining> = z.union([countField, z.literal('continuous')]);

/** What an operator chooses when starting a round; copied from round to round in a series. */
export interface RoundSettings {
  /** Header-valid updates that close the round at once. */
  readonly goal: number;
  /** Fewer included updates than this abort the round; below `goal`, see {@link assertMinimum}. */
  readonly minimum: number;
  /** Longest collection time, in seconds. */
  readonly deadlineSeconds: number;
  /** Time after the deadline before an unfinished round is aborted as stalled, in seconds. */
  readonly abandonAfterSeconds: number;
  /** Updates a seal may hold, as a multiple of `goal`; ≥ 1. */
  readonly overSelection: number;
  /** Devices expected to check in; selects about goal · overSelection of them, `null` selects everyone. */
  readonly population: number | null;
}

/** Reads {@link RoundSettings}; the minimum is at most the goal. */
export const roundSettingsSchema: z.ZodType<RoundSettings> = z
  .strictObject({
    goal: positiveField,
    minimum: positiveField,
    deadlineSeconds: z.number().min(DEADLINE_SECONDS_MIN).max(DEADLINE_SECONDS_MAX),
    abandonAfterSeconds: z.number().min(1).max(DEADLINE_SECONDS_MAX),
    overSelection: z.number().min(1).max(100),
    population: z.union([positiveField, z.null()]),
  })
  .refine((settings) => settings.minimum <= settings.goal, {
    path: ['minimum'],
    message: 'expected at most the goal',
  });

/**
 * Refuses a wish for a round that no device may spoil. The goal counts updates with a good header, the
 * minimum those whose numbers are good too: goal − minimum devices may send a NaN before the round is
 * aborted. Were they equal, a single hostile or broken device could abort every round. Only a goal of 1
 * leaves no choice.
 *
 * @throws {@link ObjectInvalidError} `minimum-not-below-goal`.
 */
export function assertMinimum({ goal, minimum }: Pick<RoundSettings, 'goal' | 'minimum'>): void {
  if (minimum < goal || goal === 1) return;
  throw new ObjectInvalidError(
    `Minimum is ${minimum} and goal is ${goal}, expected a minimum below the goal, or one device's bad numbers would abort the round; lower the minimum or raise the goal`,
    { code: 'minimum-not-below-goal', detail: { goal, minimum } },
  );
}

/** How a round was opened; nothing of it changes. */
export interface RoundObject {
  readonly schema: 1;
  readonly model: string;
  readonly round: number;
  readonly requestId: string;
  readonly openedAt: number;
  readonly deadlineAt: number;
  readonly abandonAt: number;
  readonly base: VersionRef;
  readonly settings: RoundSettings;
  readonly groups: number;
  readonly shards: number;
  /** Most members over all seals of one group. */
  readonly groupCapacity: number;
  /** q: sums are integers in units of 2^-q. */
  readonly fractionBits: number;
  /**
   * The same for statistics, whose bound is wider; absent where the plan has no statistics, or no bound
   * for them.
   */
  readonly statisticFractionBits?: number | undefined;
  readonly arithmeticVersion: number;
  /**
   * True: partials say which element is bad of each member they exclude. Absent in rounds that were opened
   * before partials did so, and of which folds by code of both kinds must write the same bytes.
   */
  readonly exclusionElements?: true | undefined;
  /** 32 hex digits; orders devices where a seal can't hold all. */
  readonly seed: string;
  readonly remaining: Remaining;
}

/** Reads a {@link RoundObject}. */
export const roundObjectSchema: z.ZodType<RoundObject> = z.object({
  schema: schemaField,
  model: modelField,
  round: positiveField,
  requestId: requestIdField,
  openedAt: timeField,
  deadlineAt: timeField,
  abandonAt: timeField,
  base: versionRefSchema,
  settings: roundSettingsSchema,
  groups: positiveField,
  shards: positiveField,
  groupCapacity: positiveField,
  fractionBits: z.int().min(-64).max(128),
  statisticFractionBits: z.int().min(-64).max(128).optional(),
  arithmeticVersion: positiveField,
  exclusionElements: z.literal(true).optional(),
  seed: z.string().regex(/^[0-9a-f]{32}$/),
  remaining: remainingField,
});

/** Why collection ended. */
export type CloseReason = 'goal' | 'deadline' | 'operator';

/** That collection is over; what arrives later is late. */
export interface CloseObject {
  readonly schema: 1;
  readonly reason: CloseReason;
  readonly requestId: string;
  readonly closedAt: number;
  /** True ends the series: no round is opened after this one. */
  readonly stop: boolean;
}

/** Reads a {@link CloseObject}. */
export const closeObjectSchema: z.ZodType<CloseObject> = z.object({
  schema: schemaField,
  reason: z.enum(['goal', 'deadline', 'operator']),
  requestId: requestIdField,
  closedAt: timeField,
  stop: z.boolean(),
});
