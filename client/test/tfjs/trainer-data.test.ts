import * as tf from '@tensorflow/tfjs';
import { prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

const plan = { training: SMALL_TRAINING };

describe('a dataset', () => {
  const examples = Array.from({ length: 50 }, (_, i) => ({
    xs: [Math.sin(i), Math.cos(i), Math.sin(2 * i), 1],
    ys: i % 3,
  }));
  const dataset = (): tf.data.Dataset<tf.TensorContainer> => tf.data.array(examples);

  it('trains like tensors do: all examples, every epoch, the same bits again', async () => {
    const weights = weightsOf(smallClassifier());
    const first = await trainerFor(smallClassifier(), dataset())(weights, plan);
    const again = await trainerFor(smallClassifier(), dataset())(weights, plan);
    expect(first.exampleCount).toBe(50);
    expect(again).toEqual(first);
    expect(Number.isFinite(first.metrics['loss'])).toBe(true);
  });

  it('of tensors frees them, also when it is abandoned', async () => {
    const tensors = tf.data.generator(function* () {
      for (const { xs, ys } of examples) yield { xs: tf.tensor1d(xs), ys: tf.scalar(ys) };
    });
    const model = smallClassifier();
    const weights = weightsOf(model);
    const before = tf.memory().numTensors;
    await trainerFor(model, tensors)(weights, plan);
    expect(tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    const { signal } = controller;
    await expect(
      trainerFor(model, tensors)(weights, plan, { signal, onProgress }),
    ).rejects.toMatchObject({ name: 'AbortError' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('without the two parts of an example is refused', async () => {
    const wrong = tf.data.array([{ xs: [1, 2, 3, 4] }]);
    await expect(
      trainerFor(smallClassifier(), wrong)(weightsOf(smallClassifier()), plan),
    ).rejects.toMatchObject({
      code: 'training-data-invalid',
      message: expect.stringContaining('Dataset element has no ys'),
    });
  });

  it('without examples is refused', async () => {
    await expect(
      trainerFor(smallClassifier(), dataset().take(0))(weightsOf(smallClassifier()), plan),
    ).rejects.toMatchObject({ code: 'training-data-invalid' });
  });
});

describe('no tensor is left behind', () => {
  const { lstm, dense } = tf.layers;
  const recurrent = (): tf.Sequential =>
    tf.sequential({
      layers: [
        lstm({ inputShape: [2, 2], units: 3, dropout: 0.3, recurrentDropout: 0.2 }),
        dense({ units: 3, activation: 'softmax' }),
      ],
    });

  it.each([
    'sgd',
    'adam',
    { kind: 'momentum', momentum: 0.9 },
    { kind: 'rmsprop' },
    { kind: 'adagrad' },
  ])('by %j', async (optimizer) => {
    const model = recurrent();
    const { xs, ys } = smallData(40);
    const data = { xs: tf.reshape(xs, [40, 2, 2]), ys };
    const weights = weightsOf(model);
    const before = tf.memory().numTensors;
    await trainerFor(model, data)(weights, { training: { ...SMALL_TRAINING, optimizer } });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('by a failure', async () => {
    const model = smallClassifier();
    const data = smallData(40);
    const weights = weightsOf(model);
    const before = tf.memory().numTensors;
    const bad = { ...SMALL_TRAINING, loss: 'categoricalCrossentropy' };
    await expect(trainerFor(model, data)(weights, { training: bad })).rejects.toMatchObject({
      code: 'training-data-invalid',
    });
    const { 'hidden/kernel': _, ...incomplete } = weights;
    await expect(trainerFor(model, data)(incomplete, plan)).rejects.toMatchObject({
      code: 'weights-mismatch',
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('tensors', () => {
  it('that were disposed are refused with a code, before the first step', async () => {
    const weights = weightsOf(smallClassifier());
    for (const part of ['xs', 'ys'] as const) {
      const data = smallData(4);
      const train = trainerFor(smallClassifier(), data);
      tf.dispose(data[part]);
      await expect(train(weights, plan)).rejects.toMatchObject({
        code: 'training-data-invalid',
        message: expect.stringMatching(/disposed.*keep/),
      });
      expect(() => trainerFor(smallClassifier(), data)).toThrow(/disposed/);
    }
  });
});
