import {
  assertPlanBytes,
  checkJson,
  isNamedLikeStatistic,
  ObjectInvalidError,
  type TensorRole,
  type TensorSpec,
  type TrainingPlan,
  trainingPlanSchema,
  type UpdateRules,
} from '../protocol/index.ts';
import { sortByName } from '../protocol/tensors/sort-by-name.ts';
import { noTensor } from '../protocol/tensors/tensor-faults.ts';
import type { WeightInput, WeightInputs } from './initial-weights.ts';
import { checkModelInput, type ModelInput, type PlanInput } from './model-input.ts';

/**
 * Defaults of a plan's update rules: |delta| < 16 is beyond any stable local training; statistics below
 * 2^40 are the variances of values up to a million; a device with 16,384 examples weighs as much as any
 * may; with 16,384 members the sums still count in units of 2^-30, and statistics in units of 2^-28.
 */
export const UPDATE_RULES_DEFAULT: UpdateRules = {
  encoding: 'f32',
  deltaBoundLog2: 4,
  statisticBoundLog2: 40,
  exampleCountCap: 16_384,
  weighting: 'examples',
  cohortMax: 16_384,
};

/**
 * Fills in a plan's defaults and checks it. Its tensors are sorted by name, as stock writers of
 * safetensors sort them, so that an update needs no writer that knows the plan.
 *
 * @throws {@link ObjectInvalidError} `model-name`; `role-unknown-tensor`; `json-invalid` naming the field;
 * `bad-entry` for what is no tensor; `plan-too-large`.
 */
export function buildPlan(modelInput: ModelInput): TrainingPlan {
  checkModelInput(modelInput);
  const { model, plan: input = {}, weights } = modelInput;
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
  return checkPlan(filled);
}

/**
 * Checks a finished plan.
 *
 * @throws {@link ObjectInvalidError} `json-invalid` naming the field; `plan-too-large`.
 */
export function checkPlan(plan: TrainingPlan): TrainingPlan {
  const checked = checkJson(trainingPlanSchema, plan, {
    source: `the plan of model ${plan.model}`,
  });
  assertPlanBytes(checked);
  return checked;
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

  const specs = Object.entries(weights).map(
    ([name, tensor]): TensorSpec => ({
      name,
      dtype: 'F32',
      shape: shapeOf(name, tensor),
      role: roleOf(name, tensor, roles),
    }),
  );
  return sortByName(specs);
}

/**
 * The role that is stated, in the plan before the tensor. Else the name tells: momentum that steps a
 * moving variance soon makes it negative, and nothing would say so.
 */
function roleOf(
  name: string,
  tensor: Partial<WeightInput> | null | undefined,
  roles: NonNullable<PlanInput['roles']>,
): TensorRole {
  const stated = Object.hasOwn(roles, name) ? roles[name] : undefined;
  return stated ?? tensor?.role ?? (isNamedLikeStatistic(name) ? 'statistic' : 'trained');
}

function shapeOf(name: string, tensor: Partial<WeightInput> | null | undefined): number[] {
  const shape = tensor?.shape;
  if (Array.isArray(shape)) return [...shape];
  throw noTensor(name, tensor);
}
