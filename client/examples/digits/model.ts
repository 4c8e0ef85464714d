/** The model and the hyper-parameters of the digits run. */
import * as tf from '@tensorflow/tfjs';
import type { TrainingSettings } from '@tributary/client/tfjs';
import { CLASSES, PIXELS } from './data.ts';

/** Width of both hidden layers. */
const HIDDEN = 200;

/**
 * The "2NN": a multilayer perceptron 784-200-200-10 with ReLU, 199,210 weights.
 *
 * @param seed - Fixes the initial weights.
 * @see McMahan et al. 2017, section 3 (arXiv:1602.05629)
 */
export function digitsModel(seed: number): tf.LayersModel {
  const initializer = (layer: number): ReturnType<typeof tf.initializers.glorotUniform> =>
    tf.initializers.glorotUniform({ seed: seed * 3 + layer });
  const { dense } = tf.layers;
  return tf.sequential({
    layers: [
      dense({
        name: 'hidden_1',
        inputShape: [PIXELS],
        units: HIDDEN,
        activation: 'relu',
        kernelInitializer: initializer(1),
      }),
      dense({
        name: 'hidden_2',
        units: HIDDEN,
        activation: 'relu',
        kernelInitializer: initializer(2),
      }),
      dense({
        name: 'digit',
        units: CLASSES,
        activation: 'softmax',
        kernelInitializer: initializer(3),
      }),
    ],
  });
}

/** What the plan's `training` holds; measured to climb steadily within two minutes on two cores. */
export function digitsTraining(seed: number): TrainingSettings {
  return {
    epochs: 1,
    batchSize: 50,
    learningRate: 0.1,
    optimizer: 'sgd',
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    shuffleSeed: seed,
  };
}
