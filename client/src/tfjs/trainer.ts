/** Local training: a tfjs model and data become the `train` of a device. */
import type * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../device/abort.ts';
import type { NamedTensors, TrainingPlan } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames } from '../protocol/option-names.ts';
import { batchCountOf } from './batches.ts';
import { type CompiledModel, compileModel } from './compiled-model.ts';
import { deltaOf } from './delta.ts';
import { trainingFailed } from './errors.ts';
import { type Batching, batchingFor, resetStates } from './fixed-batch.ts';
import { assertLocalData, type LocalData } from './local-data.ts';
import { macrotasks } from './macrotask.ts';
import { assertModelSource, type ModelSource, withModel } from './model-source.ts';
import { disposeOptimizer, optimizerFor } from './optimizer.ts';
import { mixSeeds, seededRandom } from './random.ts';
import { freeRecurrentMasks } from './recurrent-masks.ts';
import { parseTrainingSettings, type TrainingSettings } from './settings.ts';
import { assertTrainable, checkFirstBatch } from './trainability.ts';
import { type Run, trainEpochs } from './training-run.ts';
import type { BatchProgress, TrainCallContext, Trainer, TrainOutcome } from './types.ts';
import { loadWeights } from './weights.ts';

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

/** Where neither plan nor model says. */
const USUAL_BATCH_SIZE = 32;

/** Counts batches and tells the caller. A dataset's batches are known after its first epoch. */
function reporter(
  data: LocalData,
  { epochs, size, isFixed }: TrainingSettings & Batching,
  onProgress: ((progress: BatchProgress) => void) | undefined,
): Run['report'] {
  const perEpoch = batchCountOf(data, { batchSize: size, isFixed });
  let expected = (perEpoch ?? 0) * epochs;
  let done = 0;
  return ({ epoch, loss }) => {
    if (perEpoch === undefined && epoch === 1 && expected === 0) expected = done * epochs;
    done++;
    onProgress?.({ done, total: Math.max(done, expected), unit: 'batch', epoch, loss });
  };
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
    'The model has no weight to train, expected at least one; set trainable = true of the model and of the layers to train';
  throw trainingFailed('layer-unsupported', message);
}

async function trainModel(
  model: tf.LayersModel,
  data: LocalData,
  call: Call,
): Promise<TrainOutcome> {
  const { weights, context } = call;
  const { signal } = context;
  throwIfAborted(signal);
  assertLocalData(data);
  const settings = parseTrainingSettings(call.plan.training);
  const where = 'Plan field training.batchSize';
  const batching = batchingFor(model, settings.batchSize, { usual: USUAL_BATCH_SIZE, where });
  const compiled = compileModel(model, settings);
  assertTrains(compiled);
  const report = reporter(data, { ...settings, ...batching }, context.onProgress);
  await checkFirstBatch(data, { compiled, batching }, (batch) => assertTrainable(compiled, batch));
  loadWeights(model, weights);
  const random = seededRandom(
    mixSeeds(settings.shuffleSeed, call.deviceSeed, weightsSeed(weights)),
  );
  const optimizer = optimizerFor(settings);
  const turns = macrotasks();
  try {
    const breathe = turns.next;
    const order = { random, optimizer, signal, report, breathe };
    const means = await trainEpochs({ compiled, data, settings, batching, ...order });
    const delta = deltaOf(model, weights);
    return { delta, exampleCount: means.exampleCount, metrics: finiteOf(means.mean()) };
  } finally {
    turns.close();
    disposeOptimizer(optimizer);
    resetStates(model);
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
 * @param data - Tensors, never changed, or a dataset of `{ xs, ys }`, see {@link DatasetData}.
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
