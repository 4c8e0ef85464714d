/** Gradients that TensorFlow.js itself gets wrong, on every backend. */
import * as tf from '@tensorflow/tfjs';

/** The gradients of an operation with several outputs; tfjs hands over a single one without its list. */
function listOf(dy: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
  return Array.isArray(dy) ? dy : [dy];
}

const GRADIENTS: readonly tf.GradConfig[] = [
  {
    // A recurrent layer over one time step unstacks one tensor.
    kernelName: tf.Unpack,
    gradFunc: (dy, _, attrs) => ({
      value: () => tf.stack(listOf(dy), Number(attrs['axis'])),
    }),
  },
  {
    kernelName: tf.SplitV,
    gradFunc: (dy, _, attrs) => ({
      x: () => tf.concat(listOf(dy), Number(attrs['axis'])),
    }),
  },
];

/** Registers them in place of those of tfjs; again is harmless. */
export function registerGradients(): void {
  for (const gradient of GRADIENTS) {
    if (tf.getGradient(gradient.kernelName) === gradient) continue;
    tf.unregisterGradient(gradient.kernelName);
    tf.registerGradient(gradient);
  }
}
