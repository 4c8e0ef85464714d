/** How good a model version is on data at hand. */
import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../device/abort.ts';
import type { NamedTensors } from '../protocol/index.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { type Batch, batchesOf, freeBatch } from './batches.ts';
import { compileModel, readScores, scoreBatch } from './compiled-model.ts';
import { trainingFailed } from './errors.ts';
import { type Batching, batchingFor, resetStates } from './fixed-batch.ts';
import { assertLocalData, type LocalData } from './local-data.ts';
import { macrotasks } from './macrotask.ts';
import { assertModelSource, type ModelSource, withModel } from './model-source.ts';
import { scoreMean } from './score-mean.ts';
import { type EvaluationSettings, parseEvaluationSettings } from './settings.ts';
import { assertFits, checkFirstBatch, stepFailed } from './trainability.ts';
import { loadWeights } from './weights.ts';

export interface EvaluateOptions {
  /** Loaded into the model first. @default the weights the model has */
  readonly weights?: NamedTensors | undefined;
  /** Name of a tfjs-layers loss, one for all outputs or one for each. */
  readonly loss: string | readonly string[];
  /** Names of tfjs-layers metrics. @default [] */
  readonly metrics?: readonly string[] | undefined;
  /** Memory, not results, depends on it; ≥ 1. @default the model's fixed batch, else 256 */
  readonly batchSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const NAMES: OptionNames<EvaluateOptions> = {
  weights: true,
  loss: true,
  metrics: true,
  batchSize: true,
  signal: true,
};

/** Means over all examples. */
export interface Evaluation {
  readonly exampleCount: number;
  /** `loss`, `accuracy`, …; NaN where the model gives NaN. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Memory, not results, depends on it. */
const USUAL_BATCH_SIZE = 256;

/** Leaving examples out would make a score of others. */
function assertWhole(batch: Batch, { size, isFixed }: Batching): void {
  if (!isFixed || batch.size === size) return;
  const message = `The last batch has ${batch.size} examples, but the model is built for batches of ${size}; give a multiple of it`;
  throw trainingFailed('training-data-invalid', message);
}

async function evaluateModel(
  model: tf.LayersModel,
  data: LocalData,
  { weights, signal, batchSize, ...scored }: EvaluateOptions & EvaluationSettings,
): Promise<Evaluation> {
  const compiled = compileModel(model, scored);
  if (weights !== undefined) loadWeights(model, weights);
  const where = 'Option batchSize of evaluate';
  const batching = batchingFor(model, batchSize, { usual: USUAL_BATCH_SIZE, where });
  await checkFirstBatch(data, { compiled, batching }, (batch) => assertFits(compiled, batch));
  const means = scoreMean();
  const turns = macrotasks();
  try {
    for await (const batch of batchesOf(data, {
      batchSize: batching.size,
      ports: compiled.ports,
    })) {
      try {
        throwIfAborted(signal);
        assertWhole(batch, batching);
        const scores = tf.tidy(() => readScores(compiled, scoreBatch(compiled.view, batch, false)));
        means.add(scores, batch.size);
      } catch (error) {
        throw signal?.aborted === true ? error : stepFailed(compiled, batch, error);
      } finally {
        freeBatch(batch);
      }
      await turns.next();
    }
  } finally {
    turns.close();
    resetStates(model);
  }
  return { exampleCount: means.exampleCount, metrics: means.mean() };
}

/**
 * Loss and metrics of a model on `data`, without training: dropout is off, moving averages are used.
 * Frees every tensor it made.
 *
 * @throws {@link TrainingFailedError} `weights-mismatch`, `training-settings-invalid`,
 * `training-data-invalid`, `layer-unsupported`; `TypeError` for a model that is none; `signal.reason`
 * once aborted.
 */
export async function evaluate(
  model: ModelSource,
  data: LocalData,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const settings = { ...options, ...parseEvaluationSettings(options) };
  assertOptionNames('evaluate', options, NAMES);
  assertModelSource(model);
  assertLocalData(data);
  return withModel(model, (lent) => evaluateModel(lent, data, settings), options.signal);
}
