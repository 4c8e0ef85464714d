import * as tf from '@tensorflow/tfjs';
import { evaluate, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { noisy, SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

const plan = { training: SMALL_TRAINING };

describe('evaluation', () => {
  it('gives the means over all examples, whatever the batch size', async () => {
    const model = smallClassifier();
    const data = smallData(100);
    const weights = weightsOf(model);
    const { delta } = await trainerFor(model, data)(weights, plan);
    const trained = Object.fromEntries(
      Object.entries(weights).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.map((value, i) => value + (delta[name]?.data[i] ?? 0)) },
      ]),
    );
    const before = tf.memory().numTensors;
    const scored = { loss: SMALL_TRAINING.loss, metrics: ['accuracy'], weights: trained };
    const whole = await evaluate(model, data, { ...scored, batchSize: 100 });
    const parts = await evaluate(model, data, { ...scored, batchSize: 7 });
    expect(tf.memory().numTensors).toBe(before);
    expect(whole.exampleCount).toBe(100);
    expect(parts.metrics['loss']).toBeCloseTo(whole.metrics['loss'] ?? 0, 5);
    expect(parts.metrics['accuracy']).toBeCloseTo(whole.metrics['accuracy'] ?? 0, 6);
    const hits = tf.tidy(() => {
      const predicted = tf.argMax(model.predict(data.xs) as tf.Tensor, 1);
      const labels = tf.cast(tf.reshape(data.ys, [-1]), 'int32');
      return tf.sum(tf.equal(predicted, labels)).dataSync()[0] ?? 0;
    });
    expect(whole.metrics['accuracy']).toBeCloseTo(hits / 100, 6);
  });

  it('has no dropout, and stops when aborted', async () => {
    const model = noisy();
    const data = smallData(600);
    const scored = { loss: SMALL_TRAINING.loss, batchSize: 50 };
    expect(await evaluate(model, data, scored)).toEqual(await evaluate(model, data, scored));
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    const { signal } = controller;
    const evaluation = evaluate(model, data, { ...scored, signal });
    await expect(evaluation).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('on targets that do not fit the loss is refused', async () => {
    const evaluation = evaluate(smallClassifier(), smallData(20), {
      loss: 'categoricalCrossentropy',
    });
    await expect(evaluation).rejects.toMatchObject({ code: 'training-data-invalid' });
  });
});
