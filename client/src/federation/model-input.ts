/** What an operator says of a model to create, and the check that nothing of it goes unheard. */
import * as z from 'zod';
import {
  assertModelName,
  checkJson,
  type Json,
  requestIdField,
  type StrategyChoice,
  type TensorRole,
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
   * What rounds do with tensors, by name: step them (`trained`), average and never step them, as moving
   * averages (`statistic`), or leave them as they are (`frozen`).
   *
   * @default the roles that `weightsOf(model)` gave the weights; for weights from elsewhere those that
   * `architecture` tells, if it is a tfjs topology; else `statistic` where the name is one of a moving
   * statistic (`…/moving_mean`, `….running_var`, `….num_batches_tracked`), else `trained`
   */
  readonly roles?: Readonly<Record<string, TensorRole>> | undefined;
}

/** A model to create. */
export interface ModelInput {
  /** 1 to 64 of A–Z a–z 0–9 . _ -, beginning with a letter or digit. */
  readonly model: string;
  readonly plan?: PlanInput | undefined;
  /** Version 0; the order does not matter, the plan sorts tensors by name. */
  readonly weights: WeightInputs;
}

/**
 * Reads a {@link PlanInput}. What the finished plan's own check finds in architecture, training and
 * update rules is left to it.
 */
export const planInputSchema: z.ZodType<PlanInput> = z.strictObject({
  architecture: z.custom<PlanInput['architecture']>().optional(),
  training: z.custom<PlanInput['training']>().optional(),
  update: z.custom<PlanInput['update']>(isObject, 'expected an object').optional(),
  strategy: z
    .strictObject(
      { name: z.string(), options: z.record(z.string(), z.number()).optional() },
      {
        error: ({ input }) =>
          typeof input === 'string' ? `expected { "name": ${JSON.stringify(input)} }` : undefined,
      },
    )
    .optional(),
  roles: z.record(z.string(), z.enum(['trained', 'statistic', 'frozen'])).optional(),
});

const modelInputSchema = z.strictObject({
  model: z.string(),
  plan: planInputSchema.optional(),
  weights: z.custom(isObject, 'expected tensors by name'),
  requestId: requestIdField.optional(),
});

/**
 * Checks names and kinds of everything an operator says of a model; tensors are checked where they are
 * encoded.
 *
 * @throws {@link ObjectInvalidError} `json-invalid` naming the member, `model-name`.
 */
export function checkModelInput(input: ModelInput): void {
  checkJson(modelInputSchema, input, { source: 'the input of createModel' });
  assertModelName(input.model);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
