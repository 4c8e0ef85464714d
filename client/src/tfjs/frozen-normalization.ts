/**
 * Frozen batch normalisation. In Keras `trainable = false` makes it use its moving averages and leave
 * them alone; TensorFlow.js goes on normalising by the batch and moving them.
 */
import type * as tf from '@tensorflow/tfjs';
import { partsOf } from './layer-parts.ts';

type Call = tf.layers.Layer['call'];

/** Batch normalisations that are frozen, or inside something frozen. */
export function frozenNormalizations(
  owner: object,
  isInsideFrozen: boolean = false,
): tf.layers.Layer[] {
  const layer = owner as tf.layers.Layer;
  const isFrozen = isInsideFrozen || layer.trainable === false;
  const isNormalization = isFrozen && layer.getClassName() === 'BatchNormalization';
  const inside = partsOf(owner).flatMap((part) => frozenNormalizations(part, isFrozen));
  return isNormalization ? [layer, ...inside] : inside;
}

/** Runs `compute` with `layers` in inference mode; synchronous, so no other code sees the change. */
export function withInference<T>(layers: readonly tf.layers.Layer[], compute: () => T): T {
  const calls = layers.map((layer): Call => {
    const call = layer.call;
    layer.call = (inputs, kwargs) => call.call(layer, inputs, { ...kwargs, training: false });
    return call;
  });
  try {
    return compute();
  } finally {
    for (const [i, layer] of layers.entries()) layer.call = calls[i] as Call;
  }
}
