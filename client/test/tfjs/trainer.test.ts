import * as tf from '@tensorflow/tfjs';
import { prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { noisy, SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';
import { oddModel } from './support/odd-layer.ts';

beforeAll(async () => {
  await prepareEngine();
});

const plan = { training: SMALL_TRAINING };

describe('training', () => {
  it('learns, and its delta is trained − received', async () => {
    const model = smallClassifier();
    const data = smallData(240);
    const received = weightsOf(model);
    const copy = structuredClone(received);
    const training = { ...SMALL_TRAINING, epochs: 10 };
    const outcome = await trainerFor(model, data)(received, { training });
    expect(received).toEqual(copy);
    expect(outcome.exampleCount).toBe(240);
    expect(outcome.metrics['accuracy']).toBeGreaterThan(0.8);
    expect(Object.keys(outcome.metrics)).toEqual(['loss', 'accuracy']);
    const trained = weightsOf(model);
    expect(Object.keys(outcome.delta)).toEqual(Object.keys(received));
    for (const [name, { data: delta, shape }] of Object.entries(outcome.delta)) {
      expect(shape).toEqual(received[name]?.shape);
      expect(delta.some((value) => value !== 0)).toBe(true);
      expect(delta).toEqual(
        trained[name]?.data.map((after, i) => Math.fround(after - (received[name]?.data[i] ?? 0))),
      );
    }
  });

  it('starts from the received weights, not from the model’s', async () => {
    const model = smallClassifier();
    const data = smallData(64);
    const weights = weightsOf(model);
    const train = trainerFor(model, data);
    const first = await train(weights, plan);
    expect(await train(weights, plan)).toEqual(first);
  });

  it.each(['wasm', 'cpu'] as const)(
    'gives the same bits for the same seed on %s, dropout and noise included',
    async (prefer) => {
      await prepareEngine(tf, { prefer });
      const data = smallData(100);
      const weights = weightsOf(noisy());
      const [a, b, c, d] = await Promise.all([
        trainerFor(noisy(), data)(weights, plan),
        trainerFor(async () => noisy(), data, { seed: 0 })(weights, plan),
        trainerFor(noisy(), data, { seed: 1 })(weights, plan),
        trainerFor(noisy(), data)(weights, { training: { ...SMALL_TRAINING, shuffleSeed: 6 } }),
      ]);
      expect(b).toEqual(a);
      for (const other of [c, d]) expect(other?.delta).not.toEqual(a?.delta);
      await prepareEngine();
    },
  );

  it('leaves Math.random alone', async () => {
    const { random } = Math;
    await trainerFor(noisy(), smallData(40))(weightsOf(noisy()), plan);
    expect(Math.random).toBe(random);
  });

  it('updates moving averages', async () => {
    const weights = weightsOf(noisy());
    const { delta } = await trainerFor(noisy(), smallData(64))(weights, plan);
    for (const name of ['moving_mean', 'moving_variance'])
      expect(delta[`batch_normalization_1/${name}`]?.data.some((value) => value !== 0)).toBe(true);
  });

  it('of frozen layers changes nothing in them', async () => {
    const model = smallClassifier();
    (model.layers[0] as tf.layers.Layer).trainable = false;
    const { delta } = await trainerFor(model, smallData(64))(weightsOf(model), plan);
    expect(delta['hidden/kernel']?.data.every((value) => value === 0)).toBe(true);
    expect(delta['classes/kernel']?.data.some((value) => value !== 0)).toBe(true);
  });

  it('of weights without elements or dimensions works', async () => {
    const model = oddModel();
    const { delta } = await trainerFor(model, smallData(64))(weightsOf(model), plan);
    expect(delta['odd/wide']).toEqual({ dtype: 'F32', shape: [0, 3], data: new Float32Array() });
    expect(delta['odd/factor']?.data[0]).not.toBe(0);
  });

  it('leaves the owner’s own compilation of the model in force', async () => {
    const model = smallClassifier();
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const { optimizer } = model;
    await trainerFor(model, smallData(40))(weightsOf(model), plan);
    expect(model.optimizer).toBe(optimizer);
    expect(model.loss).toBe('meanSquaredError');
  });

  it('of one model by several at once is one after the other', async () => {
    const model = smallClassifier();
    const data = smallData(64);
    const weights = weightsOf(model);
    const alone = await trainerFor(model, data)(weights, plan);
    const together = await Promise.all([1, 2, 3].map(() => trainerFor(model, data)(weights, plan)));
    for (const outcome of together) expect(outcome).toEqual(alone);
  });

  it('takes several inputs and outputs', async () => {
    const inputs = [tf.input({ shape: [4] }), tf.input({ shape: [2] })];
    const joined = tf.layers.concatenate().apply(inputs) as tf.SymbolicTensor;
    const outputs = [1, 2].map(
      (units) => tf.layers.dense({ units }).apply(joined) as tf.SymbolicTensor,
    );
    const model = tf.model({ inputs, outputs });
    const xs = [tf.randomNormal([30, 4]), tf.randomNormal([30, 2])];
    const ys = [tf.randomNormal([30, 1]), tf.randomNormal([30, 2])];
    const training = { learningRate: 0.01, loss: ['meanSquaredError', 'meanAbsoluteError'] };
    const { metrics, exampleCount } = await trainerFor(model, { xs, ys })(weightsOf(model), {
      training,
    });
    expect(exampleCount).toBe(30);
    expect(Object.keys(metrics)).toHaveLength(3);
    const [loss = 0, first = 0, second = 0] = Object.values(metrics);
    expect(loss).toBeCloseTo(first + second, 5);
  });
});
