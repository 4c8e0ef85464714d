import {
  assertPlanBytes,
  checkJson,
  type Json,
  ObjectInvalidError,
  type StrategyChoice,
  type TensorRole,
  type TensorSpec,
  type TrainingPlan,
  trainingPlanSchema,
  type UpdateRules,
} from '../protocol/index.ts';
import type { WeightInputs } from './initial-weights.ts';

/** What an operator says of a model's training; everything has a default. */
export interface PlanInput {
  /**
   * Whatever rebuilds the model on a device, such as a tfjs topology.
   *
   * @default null
   */
  readonly architecture?: Json | undefined;
  /**
   * Local hyper-parameters (epochs, batchSize, learningRate, …), read by the devices' `train`.
   *
   * @default {}
   */
  readonly training?: Readonly<Record<string, Json>> | undefined;
  /** How updates are encoded, bounded and weighted. @default {@link UPDATE_RULES_DEFAULT} */
  readonly update?: Partial<UpdateRules> | undefined;
  /** How the mean delta becomes the next version. @default `{ name: 'fedavg' }` */
  readonly strategy?:
    | { readonly name: string; readonly options?: StrategyChoice['options'] | undefined }
    | undefined;
  /**
   * Tensors that are averaged and never stepped, such as moving averages; the others are `trained`.
   *
   * @default {}
   */
  readonly roles?: Readonly<Record<string, TensorRole>> | undefined;
}

/**
 * Defaults of a plan's update rules: |delta| < 16 is beyond any stable local training; a device with
 * 16,384 examples weighs as much as any may; with 16,384 members the sums still count in units of 2^-30.
 */
export const UPDATE_RULES_DEFAULT: UpdateRules = {
  encoding: 'f32',
  deltaBoundLog2: 4,
  exampleCountCap: 16_384,
  weighting: 'examples',
  cohortMax: 16_384,
};

/** A model to create. */
export interface ModelInput {
  /** 1 to 64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit. */
  readonly model: string;
  readonly plan?: PlanInput | undefined;
  /** Version 0, in the order updates will have. */
  readonly weights: WeightInputs;
}

/**
 * Fills in a plan's defaults and checks it.
 *
 * @throws {@link ObjectInvalidError} `role-unknown-tensor`; `json-invalid` naming the field;
 * `plan-too-large`.
 */
export function buildPlan({ model, plan: input = {}, weights }: ModelInput): TrainingPlan {
  const { architecture = null, training = {}, update = {}, strategy, roles = {} } = input;
  const filled: TrainingPlan = {
    schema: 1,
    model,
    tensors: tensorSpecs(weights, roles),
    architecture,
    training,
    update: { ...UPDATE_RULES_DEFAULT, ...update },
    strategy: { name: strategy?.name ?? 'fedavg', options: strategy?.options ?? {} },
  };
  const plan = checkJson(trainingPlanSchema, filled, { source: `the plan of model ${model}` });
  assertPlanBytes(plan);
  return plan;
}

function tensorSpecs(
  weights: WeightInputs,
  roles: NonNullable<PlanInput['roles']>,
): readonly TensorSpec[] {
  const stray = Object.keys(roles).find((name) => !Object.hasOwn(weights, name));
  if (stray !== undefined) {
    throw new ObjectInvalidError(
      `Role of tensor ${JSON.stringify(stray)} is given, but the weights have no such tensor; correct the name`,
      { code: 'role-unknown-tensor', detail: { tensor: stray } },
    );
  }
  return Object.entries(weights).map(([name, { shape }]) => ({
    name,
    dtype: 'F32',
    shape: [...shape],
    role: (Object.hasOwn(roles, name) ? roles[name] : undefined) ?? 'trained',
  }));
}
