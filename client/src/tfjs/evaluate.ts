/** How good a model version is on data at hand. */
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors } from '../protocol/index.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { assertLocalData, batchesOf, freeBatch, type LocalData } from './batches.ts';
import { compileModel, readScores, scoreBatch } from './compiled-model.ts';
import { macrotasks } from './macrotask.ts';
import { assertModelSource, type ModelSource, withModel } from './model-source.ts';
import { scoreMean } from './score-mean.ts';
import { type EvaluationSettings, parseEvaluationSettings } from './settings.ts';
import { assertFits, checkFirstExample } from './trainability.ts';
import { loadWeights } from './weights.ts';

export interface EvaluateOptions {
  /** Loaded into the model first. @default the weights the model has */
  readonly weights?: NamedTensors | undefined;
  /** Name of a tfjs-layers loss, one for all outputs or one for each. */
  readonly loss: string | readonly string[];
  /** Names of tfjs-layers metrics. @default [] */
  readonly metrics?: readonly string[] | undefined;
  /** Memory, not results, depends on it; ≥ 1. @default 256 */
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

async function evaluateModel(
  model: tf.LayersModel,
  data: LocalData,
  { weights, signal, batchSize, ...scored }: EvaluateOptions & EvaluationSettings,
): Promise<Evaluation> {
  const compiled = compileModel(model, scored);
  if (weights !== undefined) loadWeights(model, weights);
  await checkFirstExample(data, (example) => assertFits(compiled, example));
  const means = scoreMean();
  const turns = macrotasks();
  try {
    for await (const batch of batchesOf(data, { batchSize })) {
      try {
        signal?.throwIfAborted();
        const scores = tf.tidy(() => readScores(compiled, scoreBatch(compiled.view, batch, false)));
        means.add(scores, batch.size);
      } finally {
        freeBatch(batch);
      }
      await turns.next();
    }
  } finally {
    turns.close();
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
