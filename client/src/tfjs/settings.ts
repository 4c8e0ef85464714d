/** Hyper-parameters of local training, as a plan's `training` holds them. */
import * as z from 'zod';
import { checkValue } from '../protocol/json-fault.ts';
import { trainingFailed } from './errors.ts';

/** `'sgd'` is plain gradient descent; every other optimizer starts afresh in each round. */
export type OptimizerSettings =
  | 'sgd'
  | 'adam'
  | {
      readonly kind: 'momentum';
      readonly momentum: number;
      readonly nesterov?: boolean | undefined;
    }
  | {
      readonly kind: 'adam';
      readonly beta1?: number | undefined;
      readonly beta2?: number | undefined;
      readonly epsilon?: number | undefined;
    }
  | {
      readonly kind: 'rmsprop';
      readonly decay?: number | undefined;
      readonly momentum?: number | undefined;
      readonly epsilon?: number | undefined;
    }
  | { readonly kind: 'adagrad'; readonly initialAccumulator?: number | undefined };

export interface TrainingSettings {
  /** Passes over the device's data; ≥ 1. @default 1 */
  readonly epochs: number;
  /** Examples of one step; ≥ 1. The last batch of an epoch may be smaller. @default 32 */
  readonly batchSize: number;
  /** > 0 */
  readonly learningRate: number;
  /** @default 'sgd' */
  readonly optimizer: OptimizerSettings;
  /** Name of a tfjs-layers loss, one for all outputs or one for each. */
  readonly loss: string | readonly string[];
  /** Names of tfjs-layers metrics. @default [] */
  readonly metrics: readonly string[];
  /** Seeds the order of examples and unseeded dropout and noise. @default 0 */
  readonly shuffleSeed: number;
}

const fraction = z.number().min(0).lt(1);
const positive = z.number().positive();

const lossField = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);
const metricsField = z.array(z.string().min(1)).default([]);

const optimizerSchema = z.union(
  [
    z.enum(['sgd', 'adam']),
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('momentum'),
        momentum: fraction,
        nesterov: z.boolean().optional(),
      }),
      z.strictObject({
        kind: z.literal('adam'),
        beta1: fraction.optional(),
        beta2: fraction.optional(),
        epsilon: positive.optional(),
      }),
      z.strictObject({
        kind: z.literal('rmsprop'),
        decay: fraction.optional(),
        momentum: fraction.optional(),
        epsilon: positive.optional(),
      }),
      z.strictObject({ kind: z.literal('adagrad'), initialAccumulator: positive.optional() }),
    ]),
  ],
  {
    error:
      'expected "sgd", "adam" or an object whose kind is "momentum", "adam", "rmsprop" or "adagrad"',
  },
);

// Other keys are left to other train functions, so that a plan can serve several.
const settingsSchema: z.ZodType<TrainingSettings> = z.object({
  epochs: z.int().min(1).default(1),
  batchSize: z.int().min(1).default(32),
  learningRate: positive,
  optimizer: optimizerSchema.default('sgd'),
  loss: lossField,
  metrics: metricsField,
  shuffleSeed: z.int().min(0).default(0),
});

/**
 * Reads and checks a plan's `training`.
 *
 * @throws {@link TrainingFailedError} `training-settings-invalid`, naming the first bad field.
 */
export function parseTrainingSettings(
  training: Readonly<Record<string, unknown>>,
): TrainingSettings {
  const checked = checkValue(settingsSchema, training);
  if ('data' in checked) return checked.data;
  const { path, message } = checked.fault;
  const field = path === '' ? 'training' : `training.${path}`;
  throw trainingFailed(
    'training-settings-invalid',
    `Plan field ${field} is unusable: ${message}; correct the plan`,
  );
}

/** What an evaluation is told, with its defaults filled in. */
export type EvaluationSettings = Pick<TrainingSettings, 'loss' | 'metrics' | 'batchSize'>;

/** Memory, not results, depends on it. */
const EVALUATION_BATCH_SIZE = 256;

const evaluationSchema: z.ZodType<EvaluationSettings> = z.object({
  loss: lossField,
  metrics: metricsField,
  batchSize: z.int().min(1).default(EVALUATION_BATCH_SIZE),
});

/**
 * Reads and checks the options of an evaluation.
 *
 * @throws {@link TrainingFailedError} `training-settings-invalid`, naming the first bad one.
 */
export function parseEvaluationSettings(options: object): EvaluationSettings {
  const checked = checkValue(evaluationSchema, options);
  if ('data' in checked) return checked.data;
  const { path, message } = checked.fault;
  const what = path === '' ? 'The options of evaluate are' : `Option ${path} of evaluate is`;
  throw trainingFailed(
    'training-settings-invalid',
    `${what} unusable: ${message}; pass at least { loss }, the name of a tfjs loss`,
  );
}
