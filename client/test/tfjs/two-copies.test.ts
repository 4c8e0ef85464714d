/** A program that has TensorFlow.js twice. */
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import {
  architectureOf,
  evaluate,
  modelFromArchitecture,
  prepareEngine,
  trainerFor,
  weightsOf,
} from '@tributary/client/tfjs';
import { beforeAll, expect, it, vi } from 'vitest';
import { FakeWorld } from '../device/support/fake-world.ts';
import { deviceIn } from '../device/support/participants.ts';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

/** Another copy, as a second package in the tree gives it. */
function otherCopy(): typeof tf {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache))
    if (path.includes('@tensorflow')) delete require.cache[path];
  return require('@tensorflow/tfjs') as typeof tf;
}

let other: typeof tf;

beforeAll(async () => {
  await prepareEngine();
  // It tells of every kernel that is there already.
  const silent = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  other = otherCopy();
  silent.mockRestore();
});

it('a model of the other copy is refused with what to do', async () => {
  const foreign = other.sequential({ layers: [other.layers.dense({ inputShape: [4], units: 3 })] });
  const message =
    /^The model was made by another copy of TensorFlow\.js than the @tensorflow\/tfjs 4\.\d+\.\d+ of this library; install one copy: "npm ls @tensorflow\/tfjs"/;
  const refusal = { code: 'tensorflow-duplicate', message: expect.stringMatching(message) };
  expect(() => trainerFor(foreign, smallData(8))).toThrow(expect.objectContaining(refusal));
  const scored = { loss: 'meanSquaredError' };
  await expect(evaluate(async () => foreign, smallData(8), scored)).rejects.toThrow(message);
});

it('an architecture beside a model of the other copy with the same names is refused so', async () => {
  const dense = other.layers.dense({ name: 'twin', inputShape: [4], units: 3 });
  const foreign = other.sequential({ layers: [dense] });
  await expect(modelFromArchitecture(architectureOf(foreign))).rejects.toMatchObject({
    code: 'tensorflow-duplicate',
    message: expect.stringMatching(
      /^The plan's architecture can't be built beside a model of another copy of TensorFlow\.js \(.*twin\/kernel.*\); install one copy: "npm ls/,
    ),
  });
});

it('a device whose train function meets one says so', async () => {
  const foreign = other.sequential({ layers: [other.layers.dense({ inputShape: [4], units: 3 })] });
  const { device } = deviceIn(new FakeWorld(), (weights, plan, context) =>
    trainerFor(foreign, smallData(8))(weights, plan, context),
  );
  await expect(device.participate('digits')).rejects.toMatchObject({
    code: 'train-failed',
    message: expect.stringContaining('"npm dedupe"'),
  });
});

it('a device repeats what another copy of this library says', async () => {
  const foreign = Object.assign(new Error('Training diverged in epoch 1'), {
    name: 'TrainingFailedError',
    code: 'training-diverged',
    casualty: 'update',
  });
  const { device } = deviceIn(new FakeWorld(), () => Promise.reject(foreign));
  await expect(device.participate('digits')).rejects.toMatchObject({
    message: expect.stringContaining('Training diverged in epoch 1'),
  });
});

it('tensors and datasets of the other copy are taken', async () => {
  const { xs, ys } = smallData(8);
  const plan = { training: SMALL_TRAINING };
  const tensors = { xs: other.tensor(xs.arraySync()), ys: other.tensor(ys.arraySync()) };
  const model = smallClassifier();
  const { exampleCount } = await trainerFor(model, tensors)(weightsOf(model), plan);
  expect(exampleCount).toBe(8);
  const dataset = other.data.array([{ xs: [1, 2, 3, 4], ys: 1 }]);
  const outcome = await trainerFor(model, dataset)(weightsOf(model), plan);
  expect(outcome.exampleCount).toBe(1);
});

it('what the other copy registers again is corrected again', async () => {
  const pool = tf.sequential({
    layers: [
      tf.layers.conv2d({
        name: 'conv',
        inputShape: [2, 2, 1],
        filters: 1,
        kernelSize: 1,
        kernelInitializer: 'ones',
      }),
      tf.layers.averagePooling2d({ name: 'pool', poolSize: 2, strides: 1, padding: 'same' }),
      tf.layers.flatten({ name: 'flat' }),
      tf.layers.dense({ name: 'sum', units: 1, kernelInitializer: 'ones' }),
    ],
  });
  await tf.setBackend('cpu');
  const xs = tf.tensor4d([1, 0, 0, 0], [1, 2, 2, 1]);
  const ys = tf.tensor2d([[0]]);
  const training = { learningRate: 1, loss: 'meanSquaredError' };
  const { delta } = await trainerFor(pool, { xs, ys })(weightsOf(pool), { training });
  // The corner is a quarter of one average only: y is its quarter, and its gradient 2 · y · 1/4.
  expect(delta['conv/kernel']?.data[0]).toBeCloseTo(-2 * 0.25 * 0.25, 6);
});
