/** Models that are kept, and models that are made for one use. */
import type * as tf from '@tensorflow/tfjs';
import { exclusively } from './exclusive.ts';

/** A model, used by one call at a time and left with the last one's weights, or a maker of models. */
export type ModelSource = tf.LayersModel | (() => Promise<tf.LayersModel>);

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
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}
