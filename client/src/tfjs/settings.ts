/** Hyper-parameters of local training, as a plan's `training` holds them. */
import * as z from 'zod';
import { checkValue } from '../protocol/json-fault.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { trainingFailed } from './errors.ts';
import { optimizerHint, settingHint } from './setting-hints.ts';

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
  /**
   * Examples of one step; ≥ 1. The last batch of an epoch may be smaller. A model of a fixed batch, such
   * as a stateful one, is trained by that one, and a smaller last batch is left out.
   *
   * @default the model's fixed batch, else 32
   */
  readonly batchSize?: number | undefined;
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
  /** Settings of other train functions of the same plan; not read here. */
  readonly custom?: unknown;
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

const FIELDS = {
  epochs: z.int().min(1).default(1),
  batchSize: z.int().min(1).optional(),
  learningRate: positive,
  optimizer: optimizerSchema.default('sgd'),
  loss: lossField,
  metrics: metricsField,
  shuffleSeed: z.int().min(0).default(0),
  custom: z.unknown().optional(),
};

const settingsSchema: z.ZodType<TrainingSettings> = z.strictObject(FIELDS);

/**
 * Reads and checks a plan's `training`.
 *
 * @throws {@link TrainingFailedError} `training-settings-invalid`, naming the first bad field.
 */
export function parseTrainingSettings(
  training: Readonly<Record<string, unknown>>,
): TrainingSettings {
  const checked = checkValue(settingsSchema, training);
  if (hasOwn(checked, 'data')) return checked.data;
  const { path, message } = checked.fault;
  const field = path === '' ? 'training' : `training.${path}`;
  const isUnknown = message.startsWith('got the unknown');
  const hint = isUnknown
    ? settingHint(Object.keys(training), Object.keys(FIELDS))
    : path === 'optimizer' && optimizerHint(training['optimizer']);
  const custom = isUnknown
    ? ', or put settings of another train function into training.custom'
    : '';
  const remedy = `${hint || 'correct the plan'}${custom}`;
  throw trainingFailed(
    'training-settings-invalid',
    `Plan field ${field} is unusable: ${message}; ${remedy}`,
  );
}

/** What an evaluation is told, with its defaults filled in. */
export type EvaluationSettings = Pick<TrainingSettings, 'loss' | 'metrics' | 'batchSize'>;

const evaluationSchema: z.ZodType<EvaluationSettings> = z.object({
  loss: lossField,
  metrics: metricsField,
  batchSize: z.int().min(1).optional(),
});

/**
 * Reads and checks the options of an evaluation.
 *
 * @throws {@link TrainingFailedError} `training-settings-invalid`, naming the first bad one.
 */
export function parseEvaluationSettings(options: object): EvaluationSettings {
  const checked = checkValue(evaluationSchema, options);
  if (hasOwn(checked, 'data')) return checked.data;
  const { path, message } = checked.fault;
  const what = path === '' ? 'The options of evaluate are' : `Option ${path} of evaluate is`;
  throw trainingFailed(
    'training-settings-invalid',
    `${what} unusable: ${message}; pass at least { loss }, the name of a tfjs loss`,
  );
}
