/** F23: on wasm a gradient kernel is missing, or the loss diverges where cpu converges. */
import * as tf from '@tensorflow/tfjs';
import { type OptimizerSettings, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareBackends, type TestedBackend, useBackend } from './support/backends.ts';
import { SMALL_TRAINING, seeded, smallClassifier, smallData } from './support/models.ts';

beforeAll(prepareBackends);

/** Conv 3×3 (4 filters, "same"), max-pool, dropout, dense; the case's model. */
function convolutional(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.dropout({ rate: 0.25 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }),
    ],
  });
}

/** Bars, dots and blanks in noise. */
function images(count: number): { xs: tf.Tensor; ys: tf.Tensor } {
  return tf.tidy(() => {
    const noise = tf.randomNormal([count, 8, 8, 1], 0, 0.3, 'float32', 3);
    const labels = Array.from({ length: count }, (_, i) => i % 3);
    const bar = tf.oneHot(tf.fill([8], 3, 'int32'), 8);
    const dot = tf.mul(bar, tf.reshape(tf.oneHot(tf.scalar(4, 'int32'), 8), [8, 1]));
    const patterns = tf.stack([bar, dot, tf.zerosLike(bar)].map((p) => tf.cast(p, 'float32')));
    const clean = tf.gather(patterns, tf.tensor1d(labels, 'int32'));
    const xs = tf.add(noise, tf.reshape(clean, [count, 8, 8, 1]));
    return { xs, ys: tf.tensor2d(labels, [count, 1]) };
  });
}

interface Training {
  readonly losses: number[];
  readonly deltas: number[][];
}

/** Twenty steps from the same weights over the same data. */
async function train(
  backend: TestedBackend,
  build: () => tf.LayersModel,
  data: () => { xs: tf.Tensor; ys: tf.Tensor },
  settings: Readonly<Record<string, unknown>>,
): Promise<Training> {
  useBackend(backend);
  const model = build();
  const { xs, ys } = data();
  const losses: number[] = [];
  const onProgress = ({ loss }: { loss: number }): void => void losses.push(loss);
  const training = { ...SMALL_TRAINING, batchSize: 12, epochs: 5, ...settings };
  const plan = { training: training as never };
  const { delta } = await trainerFor(model, { xs, ys })(weightsOf(model), plan, { onProgress });
  tf.dispose([xs, ys]);
  model.dispose();
  return { losses, deltas: Object.values(delta).map((tensor) => [...tensor.data]) };
}

function expectSameTraining(wasm: Training, cpu: Training): void {
  expect(wasm.losses).toHaveLength(20);
  for (const [step, loss] of cpu.losses.entries())
    expect(Math.abs((wasm.losses[step] ?? Number.NaN) - loss)).toBeLessThanOrEqual(1e-3 * loss);
  // Every weight moved: no gradient was missing.
  for (const delta of wasm.deltas) expect(delta.some((value) => value !== 0)).toBe(true);
}

it('F23: a convolutional model with relu, dropout and softmax trains on wasm as on cpu', async () => {
  const settings = { learningRate: 0.2 };
  const cpu = await train('cpu', convolutional, () => images(48), settings);
  const wasm = await train('wasm', convolutional, () => images(48), settings);
  expectSameTraining(wasm, cpu);
  expect(wasm.losses.at(-1)).toBeLessThan(0.9 * (wasm.losses[0] ?? 0));
});

describe('every optimizer a plan can name', () => {
  it.each<[string, OptimizerSettings]>([
    ['sgd', 'sgd'],
    ['adam', 'adam'],
    ['momentum', { kind: 'momentum', momentum: 0.9, nesterov: true }],
    ['rmsprop', { kind: 'rmsprop', momentum: 0.5 }],
    ['adagrad', { kind: 'adagrad', initialAccumulator: 0.2 }],
  ])('%s', async (_, optimizer) => {
    const settings = { optimizer, learningRate: 0.02 };
    const cpu = await train('cpu', smallClassifier, () => smallData(48), settings);
    const wasm = await train('wasm', smallClassifier, () => smallData(48), settings);
    expectSameTraining(wasm, cpu);
  });
});

describe('every loss', () => {
  it.each([
    'meanSquaredError',
    'meanAbsoluteError',
    'meanAbsolutePercentageError',
    'meanSquaredLogarithmicError',
    'squaredHinge',
    'hinge',
    'categoricalHinge',
    'logcosh',
    'categoricalCrossentropy',
    'binaryCrossentropy',
    'kullbackLeiblerDivergence',
    'poisson',
  ])('%s', async (loss) => {
    const oneHot = (): { xs: tf.Tensor; ys: tf.Tensor } => {
      const { xs, ys } = smallData(48);
      const encoded = tf.tidy(() =>
        tf.cast(tf.oneHot(tf.cast(tf.reshape(ys, [-1]), 'int32'), 3), 'float32'),
      );
      ys.dispose();
      return { xs, ys: encoded };
    };
    const settings = { loss, learningRate: 0.01 };
    const cpu = await train('cpu', smallClassifier, oneHot, settings);
    const wasm = await train('wasm', smallClassifier, oneHot, settings);
    expectSameTraining(wasm, cpu);
  });
});
