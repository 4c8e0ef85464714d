/** Bodies between an operator and the coordinator, by Lambda invocation; IAM is the lock. */
import * as z from 'zod';
import {
  countField,
  modelField,
  positiveField,
  requestIdField,
  schemaField,
  sha256Field,
} from '../fields.ts';
import { type TrainingPlan, trainingPlanSchema } from '../objects/plan.ts';
import type { AbortReason, ResultObject } from '../objects/result.ts';
import {
  type CloseReason,
  type Remaining,
  type RoundSettings,
  remainingField,
  roundSettingsSchema,
} from '../objects/round.ts';
import type { Slot } from './device.ts';

/** What an operator may ask; the payload of the invocation. Repeating one with its `requestId` is harmless. */
export type Operation =
  /** First answers `upload`; after the upload, the same request answers `created`. */
  | {
      readonly schema: 1;
      readonly operation: 'create-model';
      readonly requestId: string;
      readonly plan: TrainingPlan;
      readonly weights: { readonly bytes: number; readonly sha256: string };
    }
  | {
      readonly schema: 1;
      readonly operation: 'start-round';
      readonly requestId: string;
      readonly model: string;
      readonly settings: RoundSettings;
      readonly remaining: Remaining;
    }
  | {
      readonly schema: 1;
      readonly operation: 'close-round' | 'abort-round';
      readonly requestId: string;
      readonly model: string;
      readonly round: number;
      /** True ends the series too. */
      readonly stop: boolean;
    }
  | { readonly schema: 1; readonly operation: 'model-status'; readonly model: string }
  | {
      readonly schema: 1;
      readonly operation: 'round-status';
      readonly model: string;
      readonly round: number;
    }
  /** Names after `after` in key order, at most 1,000. */
  | {
      readonly schema: 1;
      readonly operation: 'list-models';
      readonly after?: string | undefined;
    }
  /** Numbers below `before`, newest first, at most 100. */
  | {
      readonly schema: 1;
      readonly operation: 'list-rounds';
      readonly model: string;
      readonly before?: number | undefined;
    }
  | {
      readonly schema: 1;
      readonly operation: 'version';
      readonly model: string;
      readonly version: number | 'head';
    };

const common = { schema: schemaField };

/** Reads an {@link Operation}; unknown members are refused. */
export const operationSchema: z.ZodType<Operation> = z.discriminatedUnion('operation', [
  z.strictObject({
    ...common,
    operation: z.literal('create-model'),
    requestId: requestIdField,
    plan: trainingPlanSchema,
    weights: z.strictObject({ bytes: positiveField, sha256: sha256Field }),
  }),
  z.strictObject({
    ...common,
    operation: z.literal('start-round'),
    requestId: requestIdField,
    model: modelField,
    settings: roundSettingsSchema,
    remaining: remainingField,
  }),
  z.strictObject({
    ...common,
    operation: z.enum(['close-round', 'abort-round']),
    requestId: requestIdField,
    model: modelField,
    round: positiveField,
    stop: z.boolean(),
  }),
  z.strictObject({ ...common, operation: z.literal('model-status'), model: modelField }),
  z.strictObject({
    ...common,
    operation: z.literal('round-status'),
    model: modelField,
    round: positiveField,
  }),
  z.strictObject({
    ...common,
    operation: z.literal('list-models'),
    after: modelField.optional(),
  }),
  z.strictObject({
    ...common,
    operation: z.literal('list-rounds'),
    model: modelField,
    before: positiveField.optional(),
  }),
  z.strictObject({
    ...common,
    operation: z.literal('version'),
    model: modelField,
    version: z.union([countField, z.literal('head')]),
  }),
]);

/** Answer to `create-model`: where to upload the weights, or that the model exists now. */
export type CreateModelAnswer =
  | { readonly schema: 1; readonly kind: 'upload'; readonly slot: Slot }
  | { readonly schema: 1; readonly kind: 'created'; readonly model: string; readonly version: 0 };

/** Answer to `start-round`. */
export interface StartRoundAnswer {
  readonly schema: 1;
  readonly round: number;
  readonly baseVersion: number;
  readonly deadlineAt: number;
}

/** Where a round stands. */
export interface RoundStatus {
  readonly schema: 1;
  readonly model: string;
  readonly round: number;
  readonly phase: 'collecting' | 'aggregating' | 'published' | 'aborted';
  readonly openedAt: number;
  readonly deadlineAt: number;
  readonly settings: RoundSettings;
  readonly baseVersion: number;
  readonly remaining: Remaining;
  readonly closed: { readonly reason: CloseReason; readonly closedAt: number } | null;
  readonly result: ResultObject | null;
}

/** Answer to `model-status`. */
export interface ModelStatus {
  readonly schema: 1;
  readonly model: string;
  readonly version: number;
  /** Last finished round. */
  readonly round: number;
  readonly openRound: RoundStatus | null;
  readonly plan: TrainingPlan;
}

/** Answer to `list-models`: the models that were created, in key order. */
export interface ModelList {
  readonly schema: 1;
  /** May be empty though names follow: those of models that are still awaited are left out. */
  readonly models: readonly string[];
  /** There may be more: ask for those after this name. */
  readonly next?: string | undefined;
}

/** One line of a {@link RoundList}. */
export interface RoundSummary {
  readonly round: number;
  readonly phase: RoundStatus['phase'];
  /** Why it was aborted. */
  readonly reason: AbortReason | null;
  readonly version: number | null;
}

/** Answer to `list-rounds`, newest first. */
export interface RoundList {
  readonly schema: 1;
  readonly model: string;
  readonly rounds: readonly RoundSummary[];
  /** There are more: ask for those before this number. */
  readonly next?: number | undefined;
}
