/** Local training: a tfjs model and data become the `train` of a device. */
import type * as tf from '@tensorflow/tfjs';
import type { NamedTensor, NamedTensors, TrainingPlan } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import {
  assertLocalData,
  type Batch,
  batchCountOf,
  batchesOf,
  freeBatch,
  type LocalData,
} from './batches.ts';
import { type CompiledModel, compileModel, trainStep } from './compiled-model.ts';
import { type TrainingFailedError, trainingFailed } from './errors.ts';
import { macrotasks } from './macrotask.ts';
import { assertModelSource, type ModelSource, withModel } from './model-source.ts';
import { disposeOptimizer, optimizerFor } from './optimizer.ts';
import { mixSeeds, type Random, seededRandom, withMathRandom } from './random.ts';
import { freeRecurrentMasks } from './recurrent-masks.ts';
import { type ScoreMean, scoreMean } from './score-mean.ts';
import { parseTrainingSettings, type TrainingSettings } from './settings.ts';
import { assertTrainable, checkFirstExample } from './trainability.ts';
import type { BatchProgress, TrainCallContext, Trainer, TrainOutcome } from './types.ts';
import { layoutOf, loadWeights, weightsOf } from './weights.ts';

export interface TrainerOptions {
  /**
   * The device's own share of the seed, so that devices don't walk through their data in the same
   * order; an integer ≥ 0. @default 0
   */
  readonly seed?: number | undefined;
}

/** Words sampled from every tensor: enough that rounds differ. */
const SEED_WORDS = 64;

/**
 * A seed from the weights themselves: it differs from round to round, and is the same when a round's
 * training is repeated.
 */
function weightsSeed(weights: NamedTensors): number {
  return Object.values(weights).reduce((seed, { data }) => {
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
    const stride = Math.max(1, Math.floor(words.length / SEED_WORDS));
    const sample = Array.from({ length: SEED_WORDS }, (_, i) => words[i * stride] ?? 0);
    return mixSeeds(seed, ...sample);
  }, 0);
}

/**
 * trained − received, for each tensor; both have been checked to be of one layout. Frozen ones get
 * exact zeros, also where a constraint moved them when they were loaded.
 *
 * @throws {@link TrainingFailedError} `training-diverged` for an element that is not finite.
 */
function deltaOf(model: tf.LayersModel, received: NamedTensors): NamedTensors {
  const frozen = frozenNames(model);
  const entries = Object.entries(weightsOf(model)).map(([name, after]): [string, NamedTensor] => {
    if (frozen.has(name)) return [name, { ...after, data: new Float32Array(after.data.length) }];
    const before = received[name]?.data ?? new Float32Array();
    const data = after.data.map((value, i) => value - (before[i] ?? 0));
    if (!data.every(Number.isFinite)) throw diverged(`weight ${name} is not finite at the end`);
    return [name, { ...after, data }];
  });
  return Object.fromEntries(entries);
}

function frozenNames(model: tf.LayersModel): ReadonlySet<string> {
  const frozen = layoutOf(model).filter(({ role }) => role === 'frozen');
  return new Set(frozen.map(({ name }) => name));
}

/** The aggregator would reject the update; here it can still be told why. */
function diverged(sign: string): TrainingFailedError {
  return trainingFailed(
    'training-diverged',
    `Training diverged: ${sign}; lower learningRate, or check the data for values that are not finite`,
  );
}

/** What one training run works with. */
interface Run {
  readonly compiled: CompiledModel;
  readonly data: LocalData;
  readonly settings: TrainingSettings;
  readonly random: Random;
  readonly optimizer: tf.Optimizer;
  readonly signal: AbortSignal | undefined;
  readonly report: (batch: { readonly epoch: number; readonly loss: number }) => void;
  /** Lets signals, messages and timers through. */
  readonly breathe: () => Promise<void>;
}

async function trainOn(run: Run, batch: Batch): Promise<Readonly<Record<string, number>>> {
  try {
    // Dropout draws from a generator of its own, so that it can't shift the order of examples.
    const noise = seededRandom(Math.floor(run.random() * 2 ** 32));
    return withMathRandom(noise, () => trainStep(run.compiled, batch, run.optimizer));
  } finally {
    freeBatch(batch);
    await run.breathe();
  }
}

async function trainEpoch(run: Run, epoch: number): Promise<ScoreMean> {
  const means = scoreMean();
  const { batchSize } = run.settings;
  const random = seededRandom(Math.floor(run.random() * 2 ** 32));
  for await (const batch of batchesOf(run.data, { batchSize, random })) {
    const scores = await trainOn(run, batch);
    run.signal?.throwIfAborted();
    const loss = scores['loss'] ?? Number.NaN;
    run.report({ epoch, loss });
    if (!Number.isFinite(loss)) {
      throw diverged(`loss is ${loss} in epoch ${epoch + 1} of ${run.settings.epochs}`);
    }
    means.add(scores, batch.size);
  }
  return means;
}

/** Counts batches and tells the caller. */
function reporter(
  data: LocalData,
  settings: TrainingSettings,
  onProgress: ((progress: BatchProgress) => void) | undefined,
): Run['report'] {
  const perEpoch = batchCountOf(data, settings.batchSize);
  const expected = perEpoch === undefined ? 0 : perEpoch * settings.epochs;
  let done = 0;
  return ({ epoch, loss }) => {
    done++;
    onProgress?.({ done, total: Math.max(done, expected), unit: 'batch', epoch, loss });
  };
}

async function trainEpochs(run: Run): Promise<ScoreMean> {
  let means = scoreMean();
  for (let epoch = 0; epoch < run.settings.epochs; epoch++) means = await trainEpoch(run, epoch);
  if (means.exampleCount > 0) return means;
  const message =
    'Training data holds no example, expected at least 1; give a dataset that is not empty';
  throw trainingFailed('training-data-invalid', message);
}

/** A metric may be without a value, such as the precision of nothing found; an update can't say so. */
function finiteOf(metrics: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

/** Everything a call of the trainer needs. */
interface Call {
  readonly weights: NamedTensors;
  readonly plan: Pick<TrainingPlan, 'training'>;
  readonly context: TrainCallContext;
  readonly deviceSeed: number;
}

function assertTrains({ trained }: CompiledModel): void {
  if (trained.length > 0) return;
  const message =
    'The model has no weight to train, expected at least one; set trainable = true of the layers to train';
  throw trainingFailed('layer-unsupported', message);
}

async function trainModel(
  model: tf.LayersModel,
  data: LocalData,
  call: Call,
): Promise<TrainOutcome> {
  const { weights, context } = call;
  const { signal } = context;
  signal?.throwIfAborted();
  const settings = parseTrainingSettings(call.plan.training);
  const compiled = compileModel(model, settings);
  assertTrains(compiled);
  const report = reporter(data, settings, context.onProgress);
  await checkFirstExample(data, (example) => assertTrainable(compiled, example));
  loadWeights(model, weights);
  const random = seededRandom(
    mixSeeds(settings.shuffleSeed, call.deviceSeed, weightsSeed(weights)),
  );
  const optimizer = optimizerFor(settings);
  const turns = macrotasks();
  try {
    const breathe = turns.next;
    const run = { compiled, data, settings, random, optimizer, signal, report, breathe };
    const means = await trainEpochs(run);
    const delta = deltaOf(model, weights);
    return { delta, exampleCount: means.exampleCount, metrics: finiteOf(means.mean()) };
  } finally {
    turns.close();
    disposeOptimizer(optimizer);
    freeRecurrentMasks(model.layers);
  }
}

/**
 * Makes the `train` of a device from a model and its data.
 *
 * Each call sets the model's weights, trains as the plan's `training` says and returns trained −
 * received. Same weights, plan, data and seed on the same machine and backend give the same bits. It
 * yields to the event loop after every batch, in a way that hidden tabs don't slow down, and frees
 * every tensor it made, also when it is aborted.
 *
 * The call rejects with `signal.reason` once aborted, and with {@link TrainingFailedError}
 * `training-settings-invalid`, `training-data-invalid`, `weights-mismatch` or `layer-unsupported`,
 * all before the first step; `training-diverged` as soon as the loss is not finite, or when a weight
 * is not at the end.
 *
 * @param model - Float32 weights; changed by training. A function is called for each training and its
 * model disposed; a model is used by one training at a time.
 * @param data - Tensors, never changed, or a dataset of single examples `{ xs, ys }`.
 * @throws {@link TrainingFailedError} `training-data-invalid` for data of another kind; `TypeError` or
 * `RangeError` for a model or a seed that is none.
 * @see McMahan et al. 2017, Algorithm 1, ClientUpdate (arXiv:1602.05629)
 */
export function trainerFor(
  model: ModelSource,
  data: LocalData,
  options: TrainerOptions = {},
): Trainer {
  assertOptionNames('trainerFor', options, { seed: true });
  const { seed: deviceSeed = 0 } = options;
  assertModelSource(model);
  assertLocalData(data);
  if (!Number.isSafeInteger(deviceSeed) || deviceSeed < 0) {
    throw new RangeError(
      `Seed is ${describeValue(deviceSeed)}, expected an integer from 0 to 2^53 − 1; pass one, such as a number of the device`,
    );
  }
  return (weights, plan, context = {}) =>
    withModel(
      model,
      (lent) => trainModel(lent, data, { weights, plan, context, deviceSeed }),
      context.signal,
    );
}
