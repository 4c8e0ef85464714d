/** `models/{model}/plan.json`: what a device needs to train, and what the aggregator accepts. */
import * as z from 'zod';
import { ObjectInvalidError } from '../errors.ts';
import {
  countField,
  modelField,
  requestIdField,
  schemaField,
  timeField,
  type VersionRef,
  versionRefSchema,
} from '../fields.ts';
import { encodeJson, type Json, jsonSchema } from '../json.ts';
import {
  COHORT_MAX,
  DELTA_BOUND_LOG2_MAX,
  DELTA_BOUND_LOG2_MIN,
  MEMBER_WEIGHT_MAX,
  PLAN_BYTES_MAX,
  STATISTIC_BOUND_LOG2_MAX,
  TENSOR_COUNT_MAX,
  TENSOR_NAME_BYTES_MAX,
  TENSOR_RANK_MAX,
} from '../limits.ts';
import { METADATA_NAME } from '../safetensors/format.ts';
import { isWellFormed } from '../strict-json.ts';

/**
 * `trained` tensors are stepped by the strategy; `statistic` ones (moving averages) are only averaged;
 * `frozen` ones keep the values of version 0, and no update holds them.
 */
export type TensorRole = 'trained' | 'statistic' | 'frozen';

/** One tensor of the model, in the order of every file. */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  readonly role: TensorRole;
}

/** How updates are encoded, bounded and weighted. */
export interface UpdateRules {
  readonly encoding: 'f32';
  /** b: every |delta| < 2^b, else the update is rejected. @default 4 */
  readonly deltaBoundLog2: number;
  /**
   * The same for statistics, which are as large as the data's variances. Plans made before there was
   * such a bound have none: b bounds their statistics too.
   *
   * @default 40
   */
  readonly statisticBoundLog2?: number | undefined;
  /** W: `exampleCount` above it counts as W. @default 16384 */
  readonly exampleCountCap: number;
  /** Weight of a member: its capped example count, or 1. @default 'examples' */
  readonly weighting: 'examples' | 'uniform';
  /** Most members a round of this model may have. @default 16384 */
  readonly cohortMax: number;
}

/** How the mean delta becomes the next version. */
export interface StrategyChoice {
  readonly name: string;
  readonly options: Readonly<Record<string, number>>;
}

/** What devices, coordinator and aggregator agree on for one model, for good. */
export interface TrainingPlan {
  readonly schema: 1;
  readonly model: string;
  readonly tensors: readonly TensorSpec[];
  /** Whatever rebuilds the model on a device, such as a tfjs topology. */
  readonly architecture: Json;
  /** Local hyper-parameters (epochs, batchSize, learningRate, …), read by the device's `train`. */
  readonly training: Readonly<Record<string, Json>>;
  readonly update: UpdateRules;
  readonly strategy: StrategyChoice;
}

/** Reads a {@link TensorSpec} whose name a file can carry. */
export const tensorSpecSchema: z.ZodType<TensorSpec> = z.object({
  name: z
    .string()
    .min(1)
    .refine(
      (name) => new TextEncoder().encode(name).length <= TENSOR_NAME_BYTES_MAX,
      `expected at most ${TENSOR_NAME_BYTES_MAX} bytes`,
    )
    .refine(
      (name) => name !== METADATA_NAME && isWellFormed(name),
      `expected well-formed text other than ${METADATA_NAME}`,
    ),
  dtype: z.literal('F32'),
  shape: z.array(countField).max(TENSOR_RANK_MAX),
  role: z.enum(['trained', 'statistic', 'frozen']),
});

/** Reads {@link UpdateRules}. */
export const updateRulesSchema: z.ZodType<UpdateRules> = z.strictObject({
  encoding: z.literal('f32'),
  deltaBoundLog2: z.int().min(DELTA_BOUND_LOG2_MIN).max(DELTA_BOUND_LOG2_MAX),
  statisticBoundLog2: z.int().min(DELTA_BOUND_LOG2_MIN).max(STATISTIC_BOUND_LOG2_MAX).optional(),
  exampleCountCap: z.int().min(1).max(MEMBER_WEIGHT_MAX),
  weighting: z.enum(['examples', 'uniform']),
  cohortMax: z.int().min(1).max(COHORT_MAX),
});

/** Returns the exponent of the bound on a tensor's delta: every |delta| is below 2 to its power. */
export function boundLog2Of(update: UpdateRules, { role }: Pick<TensorSpec, 'role'>): number {
  const { deltaBoundLog2, statisticBoundLog2 = deltaBoundLog2 } = update;
  return role === 'statistic' ? statisticBoundLog2 : deltaBoundLog2;
}

/** Reads a {@link StrategyChoice}; whether it exists is the functions' matter. */
export const strategyChoiceSchema: z.ZodType<StrategyChoice> = z.strictObject({
  name: z.string().min(1).max(64),
  options: z.record(z.string(), z.number()),
});

/** Reads a {@link TrainingPlan}; no tensor twice, no unknown members. */
export const trainingPlanSchema: z.ZodType<TrainingPlan> = z.strictObject({
  schema: schemaField,
  model: modelField,
  tensors: z
    .array(tensorSpecSchema)
    .min(1)
    .max(TENSOR_COUNT_MAX)
    .refine(
      (tensors) => new Set(tensors.map(({ name }) => name)).size === tensors.length,
      'expected no name twice',
    ),
  architecture: jsonSchema,
  training: z.record(z.string(), jsonSchema),
  update: updateRulesSchema,
  strategy: strategyChoiceSchema,
});

/** @throws {@link ObjectInvalidError} `plan-too-large` above {@link PLAN_BYTES_MAX}. */
export function assertPlanBytes(plan: TrainingPlan): void {
  const bytes = encodeJson(plan).length;
  if (bytes <= PLAN_BYTES_MAX) return;
  throw new ObjectInvalidError(
    `Plan of model ${plan.model} has ${bytes} bytes as JSON, at most ${PLAN_BYTES_MAX} go with every check-in; keep large parts of architecture and training where devices can fetch them, and name them in the plan`,
    { code: 'plan-too-large', detail: { bytes, bytesMax: PLAN_BYTES_MAX } },
  );
}

/** The object itself; it commits the model's creation and with it version 0. */
export interface PlanObject {
  readonly schema: 1;
  readonly requestId: string;
  readonly createdAt: number;
  readonly plan: TrainingPlan;
  readonly initial: VersionRef;
}

/** Reads a {@link PlanObject}. */
export const planObjectSchema: z.ZodType<PlanObject> = z.object({
  schema: schemaField,
  requestId: requestIdField,
  createdAt: timeField,
  plan: trainingPlanSchema,
  initial: versionRefSchema,
});
