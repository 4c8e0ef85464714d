import * as tf from '@tensorflow/tfjs';
import { Device } from '@tributary/client';
import { decodeSafetensors, updateBytesMax, updateBytesMin } from '@tributary/client/protocol';
import { architectureOf, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnedBucket, openBucket } from './support/bucket.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
let bucket: OwnedBucket;
beforeAll(async () => {
  await prepareEngine(tf, { prefer: 'cpu' });
  world = await startWorld();
  bucket = openBucket(world);
});
afterAll(async () => {
  bucket.close();
  await world.close();
});

const MODEL = 'frozen-base';
const FEATURES = 64;

/** A frozen base with its own batch normalisation, which is most of the model, and a head that trains. */
function transferModel(): tf.LayersModel {
  const base = tf.sequential({
    name: 'base',
    layers: [
      tf.layers.dense({ name: 'features', units: FEATURES, inputShape: [FEATURES] }),
      tf.layers.batchNormalization({ name: 'norm' }),
    ],
  });
  base.trainable = false;
  const head = tf.sequential({
    name: 'head',
    layers: [
      tf.layers.batchNormalization({ name: 'scale', inputShape: [FEATURES] }),
      tf.layers.dense({ name: 'unit', units: 1 }),
    ],
  });
  return tf.sequential({ layers: [base, head] });
}

function examples(seed: number): { xs: tf.Tensor; ys: tf.Tensor } {
  return {
    xs: tf.randomNormal([32, FEATURES], 3, 2, 'float32', seed),
    ys: tf.randomNormal([32, 1], 0, 1, 'float32', seed + 1),
  };
}

it('a frozen base is downloaded, neither sent back nor changed, and the head on it trains', async () => {
  const model = transferModel();
  const initial = weightsOf(model);
  const training = { epochs: 2, batchSize: 16, learningRate: 0.05, loss: 'meanSquaredError' };
  await world.operator.createModel({
    model: MODEL,
    plan: {
      architecture: architectureOf(model),
      training,
      strategy: { name: 'fedavgm', options: { momentum: 0.9 } },
    },
    weights: initial,
  });
  const { plan } = await world.operator.status(MODEL);
  const frozen = plan.tensors.filter(({ role }) => role === 'frozen');
  const sent = plan.tensors.filter(({ role }) => role !== 'frozen');
  expect(frozen).toHaveLength(6);
  expect(sent.map(({ role }) => role).sort()).toEqual([
    'statistic',
    'statistic',
    'trained',
    'trained',
    'trained',
    'trained',
  ]);

  for (const version of [1, 2]) {
    const start = { goal: 2, minimum: 1, deadlineSeconds: 60 };
    const { round } = await world.operator.startRound(MODEL, start);
    const outcomes = await Promise.all(
      [1, 2].map((number) => {
        const deviceId = `transfer-${number}`;
        const federation = world.federationOf(deviceId);
        const train = trainerFor(async () => transferModel(), examples(number));
        return new Device({ federation, deviceId, train }).participate(MODEL);
      }),
    );
    expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'accepted', round, version })));

    const keys = await bucket.keys(`updates/0/${MODEL}/${round}/`);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const file = await bucket.get(key);
      const { tensors, dataOffset } = decodeSafetensors(file);
      expect(tensors.map(({ name }) => name)).toEqual(sent.map(({ name }) => name));
      // Gamma, beta and two moving statistics of each feature, then the unit's kernel and its bias.
      expect(file.length - dataOffset).toBe(4 * (5 * FEATURES + 1));
      expect(file.length).toBeGreaterThanOrEqual(updateBytesMin(plan));
      expect(file.length).toBeLessThan(4 * FEATURES ** 2);
    }
    expect(updateBytesMax(plan)).toBeLessThan(4 * (5 * FEATURES + 1) + 24 * 1024);

    const published = await world.operator.weights(MODEL);
    expect(published.version).toBe(version);
    for (const { name } of frozen) {
      expect(published.weights[name]?.data).toEqual(initial[name]?.data);
    }
    for (const { name } of sent) {
      expect(published.weights[name]?.data).not.toEqual(initial[name]?.data);
    }
  }
  model.dispose();
}, 120_000);

it('a model that is frozen as a whole is refused before anything is stored', async () => {
  const w = { dtype: 'F32', shape: [2], data: new Float32Array(2) } as const;
  const create = world.operator.createModel({
    model: 'frozen-whole',
    plan: { roles: { w: 'frozen' } },
    weights: { w },
  });
  await expect(create).rejects.toMatchObject({
    code: 'model-frozen',
    message: expect.stringMatching(/all are frozen, .*role trained or statistic/),
  });
  expect(await bucket.keys('models/frozen-whole/')).toEqual([]);
});
