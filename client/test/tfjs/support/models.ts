/** Small models and data with fixed seeds. */
import * as tf from '@tensorflow/tfjs';

/** Glorot-uniform, from `seed`. */
export function seeded(seed: number): ReturnType<typeof tf.initializers.glorotUniform> {
  return tf.initializers.glorotUniform({ seed });
}

/** A classifier of four numbers into three classes. */
export function smallClassifier(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({
        name: 'hidden',
        inputShape: [4],
        units: 8,
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.dense({
        name: 'classes',
        units: 3,
        activation: 'softmax',
        kernelInitializer: seeded(2),
      }),
    ],
  });
}

/** Points whose class is their largest of the first three coordinates. */
export function smallData(count: number): { xs: tf.Tensor2D; ys: tf.Tensor2D } {
  return tf.tidy(() => {
    const xs = tf.randomUniform([count, 4], -1, 1, 'float32', 7) as tf.Tensor2D;
    const labels = tf.argMax(tf.slice(xs, [0, 0], [count, 3]), 1);
    return { xs, ys: tf.reshape(tf.cast(labels, 'float32'), [count, 1]) as tf.Tensor2D };
  });
}

/** Settings that train {@link smallClassifier} on {@link smallData}. */
export const SMALL_TRAINING = {
  epochs: 2,
  batchSize: 16,
  learningRate: 0.1,
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
  shuffleSeed: 5,
} as const;

/** A classifier with moving averages and with layers that draw random numbers. */
export function noisy(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [4],
        units: 16,
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.4 }),
      tf.layers.gaussianNoise({ stddev: 0.1 }),
      tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }),
    ],
  });
}
