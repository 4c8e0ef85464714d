import * as tf from '@tensorflow/tfjs';
import { prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FakeWorld } from '../device/support/fake-world.ts';
import { deviceIn } from '../device/support/participants.ts';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

/** One weight, one step: the loss of the only batch is from before the step. */
function oneStep(slope: number) {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], useBias: false, name: 'line' })],
  });
  model.setWeights([tf.tensor([[slope]])]);
  return model;
}

describe('training that diverges', () => {
  it('ends with the epoch and the loss, and what to do, and frees every tensor', async () => {
    const model = smallClassifier();
    const data = smallData(64);
    const training = { ...SMALL_TRAINING, learningRate: 1e30, epochs: 3, metrics: [] };
    const train = trainerFor(model, data);
    const before = tf.memory().numTensors;
    await expect(train(weightsOf(model), { training })).rejects.toMatchObject({
      name: 'TrainingFailedError',
      code: 'training-diverged',
      message: expect.stringMatching(
        /^Training diverged: loss is (NaN|Infinity) in epoch 1 of 3; lower learningRate, or check the data/,
      ),
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('in its very last step is told too, though no loss shows it', async () => {
    const model = oneStep(1e10);
    const data = { xs: tf.tensor2d([[1]]), ys: tf.tensor2d([[0]]) };
    const training = { learningRate: 3e38, loss: 'meanSquaredError' };
    await expect(trainerFor(model, data)(weightsOf(model), { training })).rejects.toMatchObject({
      code: 'training-diverged',
      message: expect.stringContaining('weight line/kernel is not finite at the end'),
    });
  });

  it('on data that is not finite is told in the first epoch', async () => {
    const model = oneStep(1);
    const data = { xs: tf.tensor2d([[Number.NaN]]), ys: tf.tensor2d([[0]]) };
    const training = { learningRate: 0.1, loss: 'meanSquaredError' };
    await expect(trainerFor(model, data)(weightsOf(model), { training })).rejects.toMatchObject({
      code: 'training-diverged',
      message: expect.stringContaining('loss is NaN in epoch 1 of 1'),
    });
  });

  it('sends nothing, and the device says why', async () => {
    const world = new FakeWorld();
    const model = smallClassifier();
    const training = { ...SMALL_TRAINING, learningRate: 1e30, metrics: [] };
    const train = trainerFor(model, smallData(64));
    const { device } = deviceIn(world, (_weights, _plan, { signal }) =>
      train(weightsOf(model), { training }, { signal }),
    );
    await expect(device.participate('digits')).rejects.toMatchObject({
      code: 'train-failed',
      message: expect.stringMatching(
        /^Training for round 4 of model digits failed: Training diverged: .*, nothing was uploaded$/,
      ),
    });
    expect(world.kinds()).toBe('check-in get');
  });
});

it('a metric that is not finite is left out of what is reported, the loss decides', async () => {
  // An error of 1e30 is a float32, its square is not.
  const data = { xs: tf.tensor2d([[1e30]]), ys: tf.tensor2d([[0]]) };
  const training = { learningRate: 1e-31, loss: 'meanAbsoluteError', metrics: ['mse', 'mae'] };
  const model = oneStep(1);
  const { metrics } = await trainerFor(model, data)(weightsOf(model), { training });
  expect(metrics).toEqual({ loss: Math.fround(1e30), mae: Math.fround(1e30) });
});
