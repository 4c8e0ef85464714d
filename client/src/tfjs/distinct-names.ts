/** Names that files of a tfjs model tell its weights apart by. */
import type * as tf from '@tensorflow/tfjs';
import { trainingFailed } from './errors.ts';

/**
 * tfjs writes a weight of a model inside under its layer's name alone, and refuses to load two of one
 * name: such a model could be trained, and its versions never loaded.
 *
 * @throws {@link TrainingFailedError} `architecture-invalid`, naming the first.
 */
export function assertDistinctNames(model: tf.LayersModel): void {
  const names = model.layers.flatMap(({ weights }) =>
    weights.map(({ originalName }) => originalName),
  );
  const twin = names.find((name, i) => names.indexOf(name) < i);
  if (twin === undefined) return;
  const message = `Two weights have the name ${JSON.stringify(twin)}, by which tfjs could not load the model; give layers of nested models different names`;
  throw trainingFailed('architecture-invalid', message);
}
