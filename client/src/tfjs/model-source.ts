/** Models that are kept, and models that are made for one use. */
import * as tf from '@tensorflow/tfjs';
import { describeValue } from '../protocol/json-fault.ts';
import { trainingFailed } from './errors.ts';
import { exclusively } from './exclusive.ts';

/** A model, used by one call at a time and left with the last one's weights, or a maker of models. */
export type ModelSource = tf.LayersModel | (() => Promise<tf.LayersModel>);

/** How a program comes to have one copy. */
export const ONE_COPY_ADVICE: string =
  'install one copy: "npm ls @tensorflow/tfjs" shows where there are several, "npm dedupe" or "overrides" in package.json leave one, and a page loads it from one place';

/**
 * @throws {@link TrainingFailedError} `tensorflow-duplicate` for a model of another copy of TensorFlow.js;
 * `TypeError` for anything else that is neither a layers model nor a function.
 */
export function assertModelSource(source: ModelSource): void {
  if (typeof source !== 'function') assertModel(source);
}

/**
 * @throws {@link TrainingFailedError} `tensorflow-duplicate`; `TypeError` for anything but a layers model,
 * such as its architecture as JSON.
 */
export function assertModel(model: Partial<tf.LayersModel> | null | undefined): void {
  if (model instanceof tf.LayersModel) return;
  const isForeign = Array.isArray(model?.layers) && typeof model?.dispose === 'function';
  if (isForeign) {
    // With a code, so that a device's train-failed repeats the message.
    throw trainingFailed(
      'tensorflow-duplicate',
      `The model was made by another copy of TensorFlow.js than the @tensorflow/tfjs ${tf.version_layers} of this library; ${ONE_COPY_ADVICE}`,
    );
  }
  throw new TypeError(
    `The model is ${describeValue(model)}, expected a tfjs LayersModel or a function that makes one`,
  );
}

/**
 * Lends the model to `use`; one that was made for it is disposed afterwards. Throws `signal.reason`
 * if it is aborted while somebody else has the model.
 */
export async function withModel<T>(
  source: ModelSource,
  use: (model: tf.LayersModel) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (typeof source !== 'function') return await exclusively(source, () => use(source), signal);
  const model = await source();
  assertModel(model);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}
