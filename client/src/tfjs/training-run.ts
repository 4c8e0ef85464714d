/** The steps of one training. */
import type * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../device/abort.ts';
import { type Batch, batchesOf, freeBatch } from './batches.ts';
import { type CompiledModel, type Scores, trainStep } from './compiled-model.ts';
import { diverged } from './delta.ts';
import { trainingFailed } from './errors.ts';
import { type Batching, resetStates } from './fixed-batch.ts';
import type { LocalData } from './local-data.ts';
import { type Random, seededRandom, withMathRandom } from './random.ts';
import { type ScoreMean, scoreMean } from './score-mean.ts';
import type { TrainingSettings } from './settings.ts';
import { stepFailed } from './trainability.ts';

/** What one training run works with. */
export interface Run {
  readonly compiled: CompiledModel;
  readonly data: LocalData;
  readonly settings: TrainingSettings;
  readonly batching: Batching;
  readonly random: Random;
  readonly optimizer: tf.Optimizer;
  readonly signal: AbortSignal | undefined;
  readonly report: (batch: { readonly epoch: number; readonly loss: number }) => void;
  /** Lets signals, messages and timers through. */
  readonly breathe: () => Promise<void>;
}

async function trainOn(run: Run, batch: Batch): Promise<Scores> {
  try {
    // Dropout draws from a generator of its own, so that it can't shift the order of examples.
    const noise = seededRandom(Math.floor(run.random() * 2 ** 32));
    return withMathRandom(noise, () => trainStep(run.compiled, batch, run.optimizer));
  } catch (error) {
    throw stepFailed(run.compiled, batch, error);
  } finally {
    freeBatch(batch);
    await run.breathe();
  }
}

async function trainEpoch(run: Run, epoch: number): Promise<ScoreMean> {
  const { compiled, batching, settings } = run;
  const means = scoreMean();
  const shuffle = seededRandom(Math.floor(run.random() * 2 ** 32));
  const random = batching.isStateful ? undefined : shuffle;
  const options = { batchSize: batching.size, random, ports: compiled.ports };
  resetStates(compiled.view);
  for await (const batch of batchesOf(run.data, options)) {
    if (batching.isFixed && batch.size < batching.size) {
      freeBatch(batch);
      continue;
    }
    const scores = await trainOn(run, batch);
    throwIfAborted(run.signal);
    const loss = scores['loss'] ?? Number.NaN;
    run.report({ epoch, loss });
    if (!Number.isFinite(loss)) {
      throw diverged(`loss is ${loss} in epoch ${epoch + 1} of ${settings.epochs}`);
    }
    means.add(scores, batch.size);
  }
  return means;
}

/** Trains every epoch. @returns means over the examples of the last one. */
export async function trainEpochs(run: Run): Promise<ScoreMean> {
  let means = scoreMean();
  for (let epoch = 0; epoch < run.settings.epochs; epoch++) means = await trainEpoch(run, epoch);
  if (means.exampleCount > 0) return means;
  const { isFixed, size } = run.batching;
  const least = isFixed ? `${size}, the batch the model is built for` : '1';
  const message = `Training data holds too few examples, expected at least ${least}; give more, or a dataset that is not empty`;
  throw trainingFailed('training-data-invalid', message);
}
