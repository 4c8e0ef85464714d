/** The corrected gradients of this library that training needs. */
import * as tf from '@tensorflow/tfjs';
import { trainingGradients } from '../../gradients/index.ts';

/**
 * Here tfjs's own gradients stay: they call gradient kernels, which are right on every backend after
 * `registerKernels`, and several times as fast as gradients composed of operations.
 */
const RIGHT_BY_KERNELS: ReadonlySet<string> = new Set([
  'AvgPool',
  'AvgPool3D',
  'MaxPool',
  'MaxPool3D',
]);

/** Registers them in place of those of tfjs; again is harmless. */
export function registerGradients(): void {
  for (const gradient of trainingGradients(tf)) {
    const { kernelName } = gradient;
    const known = tf.getGradient(kernelName);
    if (known === gradient || RIGHT_BY_KERNELS.has(kernelName)) continue;
    if (known !== undefined) tf.unregisterGradient(kernelName);
    tf.registerGradient(gradient);
  }
}
