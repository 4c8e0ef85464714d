/** What tfjs forgets when a gradient fails half-way. */
import * as tf from '@tensorflow/tfjs';

/** Frees the tensors that the forward pass saved for a backward pass which then threw. */
export function freeAbandonedTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || state.activeTape === null || state.activeTape === undefined)
    return;
  for (const { saved } of state.activeTape) tf.dispose(saved ?? []);
  state.activeTape = [];
}
