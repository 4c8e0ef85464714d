import * as tf from '@tensorflow/tfjs';
import { prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine(tf, { prefer: 'wasm' });
});

afterAll(async () => {
  await prepareEngine();
});

const { dense, flatten, thresholdedReLU, conv2d, reshape, reLU } = tf.layers;
const plan = { training: SMALL_TRAINING };

async function failureOf(model: tf.LayersModel, data = smallData(32)): Promise<unknown> {
  const before = tf.memory().numTensors;
  const weights = weightsOf(model);
  const outcome = trainerFor(model, data)(weights, plan, {
    onProgress: () => expect.unreachable('A step was taken'),
  });
  const error = await outcome.catch((reason: unknown) => reason);
  expect(tf.memory().numTensors).toBe(before);
  return error;
}

describe('F23: a layer that can not be trained is named before the first step', () => {
  it('without gradient', async () => {
    const model = tf.sequential({
      layers: [
        dense({ inputShape: [4], units: 6 }),
        reLU(),
        thresholdedReLU({ name: 'cliff', theta: 0.2 }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
    expect(await failureOf(model)).toMatchObject({
      code: 'layer-unsupported',
      message: expect.stringMatching(
        /^Layer cliff \(ThresholdedReLU\) can't be trained on backend wasm: .*Greater.*; use another layer/,
      ),
    });
  });

  it('in a configuration that has none', async () => {
    const model = tf.sequential({
      layers: [
        reshape({ inputShape: [4], targetShape: [2, 2, 1] }),
        conv2d({ name: 'holes', filters: 2, kernelSize: 2, dilationRate: 2, padding: 'same' }),
        flatten(),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
    expect(await failureOf(model)).toMatchObject({
      code: 'layer-unsupported',
      message: expect.stringMatching(/^Layer holes \(Conv2D\) .*dilation/),
    });
  });

  it('because the backend has no such kernel', async () => {
    const { kernelFunc, ...config } = tf.getKernel('Softplus', 'wasm');
    tf.unregisterKernel('Softplus', 'wasm');
    const model = tf.sequential({
      layers: [
        dense({ name: 'soft', inputShape: [4], units: 6, activation: 'softplus' }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const error = await failureOf(model);
    tf.registerKernel({ ...config, kernelFunc, kernelName: 'Softplus', backendName: 'wasm' });
    expect(error).toMatchObject({
      code: 'layer-unsupported',
      message: expect.stringMatching(/^Layer soft \(Dense\) .*Softplus/),
    });
  });

  it('but not where no gradient has to pass it', async () => {
    const model = tf.sequential({
      layers: [
        thresholdedReLU({ inputShape: [4], theta: 0.2 }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const { exampleCount } = await trainerFor(model, smallData(32))(weightsOf(model), plan);
    expect(exampleCount).toBe(32);
  });
});

describe('data and settings that do not fit are told apart from layers', () => {
  it('inputs of another shape', async () => {
    const { ys } = smallData(32);
    const error = await failureOf(smallClassifier(), { xs: tf.zeros([32, 5]), ys });
    expect(error).toMatchObject({
      code: 'training-data-invalid',
      message: expect.stringMatching(/^Training data doesn't fit the model: /),
    });
  });

  it('unequal numbers of examples', async () => {
    const { ys } = smallData(31);
    expect(await failureOf(smallClassifier(), { xs: tf.zeros([32, 4]), ys })).toMatchObject({
      code: 'training-data-invalid',
      message: expect.stringContaining('32, 31 examples'),
    });
  });

  it.each([
    ['a negative learning rate', { learningRate: -1 }, 'training.learningRate'],
    ['no epoch', { epochs: 0 }, 'training.epochs'],
    ['half an example', { batchSize: 1.5 }, 'training.batchSize'],
    [
      'an unknown optimizer',
      { optimizer: 'magic' },
      'training.optimizer is unusable: got "magic", expected "sgd", "adam" or an object whose kind is "momentum", "adam", "rmsprop" or "adagrad"',
    ],
    [
      'an unknown kind of optimizer',
      { optimizer: { kind: 'adamax' } },
      'training.optimizer.kind is unusable: got "adamax", expected one of "momentum", "adam"',
    ],
    [
      'epoch for epochs',
      { epoch: 3 },
      'Plan field training is unusable: got the unknown member "epoch", perhaps meant for "epochs"; ',
    ],
    ['batchsize for batchSize', { batchsize: 3 }, '"batchsize", perhaps meant for "batchSize"'],
    [
      'what only another train function knows',
      { shuffle: false },
      'or put settings of another train function into training.custom',
    ],
    ['a momentum of 1', { optimizer: { kind: 'momentum', momentum: 1 } }, 'training.optimizer'],
    ['an unknown loss', { loss: 'magic' }, 'magic'],
    ['an unknown metric', { metrics: ['magic'] }, 'magic'],
  ])('%s', async (_, settings, named) => {
    const model = smallClassifier();
    const training = { ...SMALL_TRAINING, ...settings } as never;
    await expect(
      trainerFor(model, smallData(16))(weightsOf(model), { training }),
    ).rejects.toMatchObject({
      code: 'training-settings-invalid',
      message: expect.stringContaining(named),
    });
  });
});

it('settings of another train function are left alone in custom', async () => {
  const model = smallClassifier();
  const training = { ...SMALL_TRAINING, custom: { clipNorm: 1 } };
  const { exampleCount } = await trainerFor(model, smallData(16))(weightsOf(model), { training });
  expect(exampleCount).toBe(16);
});
