/** Finds out before training what can't be trained here. */
import * as tf from '@tensorflow/tfjs';
import { TributaryError } from '../protocol/errors.ts';
import { reasonOf } from '../protocol/without-values.ts';
import { freeAbandonedTape } from './abandoned-tape.ts';
import { type Batch, batchesOf, freeBatch } from './batches.ts';
import { type CompiledModel, gradientsOf } from './compiled-model.ts';
import { type TrainingFailedError, trainingFailed } from './errors.ts';
import { type Batching, resetStates } from './fixed-batch.ts';
import type { LocalData } from './local-data.ts';

type Layer = tf.layers.Layer;

/** Whether the backend or tfjs lacks something, in contrast to data that doesn't fit. */
function isLacking(error: unknown): boolean {
  return /not registered for backend|gradient function not found|not yet (supported|implemented)|is not implemented/i.test(
    reasonOf(error),
  );
}

/** What reaches `layer` when the model is given `batch`. */
function inputsOf(view: tf.LayersModel, layer: Layer, batch: Batch): tf.Tensor[] {
  const outputs = layer.getInputAt(0);
  const upstream = tf.model({ inputs: view.inputs, outputs });
  const inputs = upstream.apply([...batch.xs]) as tf.Tensor | tf.Tensor[];
  return Array.isArray(inputs) ? inputs : [inputs];
}

function isFedDirectly(layer: Layer): boolean {
  return layer.inboundNodes.every((node) =>
    node.inboundLayers.every((inbound) => inbound.getClassName() === 'InputLayer'),
  );
}

/** Runs one layer forward and backward, on its own. */
function tryLayer(view: tf.LayersModel, layer: Layer, batch: Batch): void {
  tf.tidy(() => {
    const inputs = inputsOf(view, layer, batch);
    const run = (xs: tf.Tensor[]): tf.Scalar => {
      const outputs = layer.apply(xs, { training: true }) as tf.Tensor | tf.Tensor[];
      return tf.addN((Array.isArray(outputs) ? outputs : [outputs]).map((y) => tf.sum(y)));
    };
    run(inputs);
    const variables = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    if (variables.length > 0) tf.variableGrads(() => run(inputs), variables);
    const needsInputGradient = !isFedDirectly(layer) && inputs.every((x) => x.dtype === 'float32');
    if (needsInputGradient) tf.grads((...xs: tf.Tensor[]) => run(xs))(inputs);
  });
}

function fails(view: tf.LayersModel, layer: Layer, batch: Batch): boolean {
  try {
    tryLayer(view, layer, batch);
    return false;
  } catch {
    freeAbandonedTape();
    return true;
  }
}

function unsupported(view: tf.LayersModel, batch: Batch, cause: unknown): TrainingFailedError {
  const layers = view.layers.filter((layer) => layer.getClassName() !== 'InputLayer');
  const culprit = layers.find((layer) => fails(view, layer, batch));
  return refuseLayer(culprit, cause);
}

/** Without a layer it is the loss. */
function refuseLayer(culprit: Layer | undefined, cause: unknown): TrainingFailedError {
  const thing =
    culprit === undefined
      ? `The model's loss`
      : `Layer ${culprit.name} (${culprit.getClassName()})`;
  const message = `${thing} can't be trained on backend ${tf.getBackend()}: ${reasonOf(cause)}; use another layer or configuration`;
  return trainingFailed('layer-unsupported', message, cause);
}

function misfit(cause: unknown): TrainingFailedError {
  const message = `Training data doesn't fit the model: ${reasonOf(cause)}; give xs and ys in the shapes the model expects`;
  return trainingFailed('training-data-invalid', message, cause);
}

/** Zeros in the shapes the model asks for; sizes it leaves open are those of the batch. */
function zerosFor(view: tf.LayersModel, batch: Batch): Batch {
  const xs = view.inputs.map(({ shape }, i) =>
    tf.zeros(
      shape.map((size, axis) => (axis === 0 ? null : size) ?? batch.xs[i]?.shape[axis] ?? 1),
    ),
  );
  return { ...batch, xs };
}

/** Whether the model can't even compute zeros: then the data is not to blame. */
function isBroken(view: tf.LayersModel, zeros: Batch): boolean {
  try {
    tf.tidy(() => void view.apply([...zeros.xs], { training: false }));
    return false;
  } catch {
    return true;
  }
}

/** They write their own output's size over the shape of what they are given. */
const OVERWRITING: ReadonlySet<string> = new Set(['CenterCrop', 'CategoryEncoding', 'RandomWidth']);

/** A layer that has changed the shape which tfjs checks data against. */
function overwritingLayer(view: tf.LayersModel): Layer | undefined {
  return view.layers.find((layer) => OVERWRITING.has(layer.getClassName()));
}

/** A layer's fault where zeros in the model's own shapes fail too, else the data's. */
function layerOrData(view: tf.LayersModel, batch: Batch, cause: unknown): TrainingFailedError {
  const layer = overwritingLayer(view);
  if (layer !== undefined) return refuseLayer(layer, cause);
  const zeros = zerosFor(view, batch);
  try {
    return isBroken(view, zeros) ? unsupported(view, zeros, cause) : misfit(cause);
  } finally {
    tf.dispose([...zeros.xs]);
  }
}

/**
 * Lets tfjs check a batch against model and loss; a step on its own would broadcast targets of a
 * wrong shape and train on nonsense.
 *
 * @throws {@link TrainingFailedError} `layer-unsupported`, `training-data-invalid`
 */
export function assertFits(compiled: CompiledModel, batch: Batch): void {
  const { view } = compiled;
  try {
    tf.dispose(view.evaluate([...batch.xs], [...batch.ys], { batchSize: batch.size }));
  } catch (error) {
    throw isLacking(error) ? unsupported(view, batch, error) : layerOrData(view, batch, error);
  }
}

/**
 * Takes a small batch forward and backward, without a step, so that a layer without gradient is
 * named before an epoch is spent. Moving averages may change: load the weights afterwards.
 *
 * @throws {@link TrainingFailedError} `layer-unsupported`, `training-data-invalid`
 */
export function assertTrainable(compiled: CompiledModel, batch: Batch): void {
  assertFits(compiled, batch);
  try {
    const { gradients, scores } = gradientsOf(compiled, batch);
    tf.dispose([gradients, [...scores]]);
  } catch (error) {
    throw unsupported(compiled.view, batch, error);
  }
}

/** What becomes of an error in a step, after the first batch was checked. */
export function stepFailed(compiled: CompiledModel, batch: Batch, error: unknown): unknown {
  if (error instanceof TributaryError) return error;
  if (isLacking(error)) return unsupported(compiled.view, batch, error);
  const message = `Training failed on a batch of ${batch.size} examples: ${reasonOf(error)}; check that all examples are like the first`;
  return trainingFailed('training-data-invalid', message, error);
}

/** A model and how it takes its batches. */
interface Batched {
  readonly compiled: CompiledModel;
  readonly batching: Batching;
}

/**
 * Runs `check` on one example, or on a whole batch where the model fixes its size; freed again, and
 * states forgotten, in any case.
 */
export async function checkFirstBatch(
  data: LocalData,
  { compiled, batching }: Batched,
  check: (batch: Batch) => void,
): Promise<void> {
  const batchSize = batching.isFixed ? batching.size : 1;
  for await (const batch of batchesOf(data, { batchSize, ports: compiled.ports })) {
    try {
      if (batch.size === batchSize) check(batch);
      return;
    } finally {
      freeBatch(batch);
      resetStates(compiled.view);
    }
  }
}
