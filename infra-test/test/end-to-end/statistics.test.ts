import * as tf from '@tensorflow/tfjs';
import { Device, type NamedTensors, type TrainResult } from '@tributary/client';
import { architectureOf, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  await prepareEngine(tf, { prefer: 'cpu' });
  world = await startWorld();
});
afterAll(() => world.close());

const EXAMPLES = 48;

/** Batch normalisation on features as they come, then one unit. */
function rawFeaturesModel(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.batchNormalization({ name: 'raw', inputShape: [3] }),
      tf.layers.dense({ name: 'unit', units: 1, kernelInitializer: 'zeros' }),
    ],
  });
}

/** A pixel 0 … 255, an income of about 10^5, and a share of about 0.01 for each example. */
function examples(device: number): { xs: tf.Tensor; ys: tf.Tensor } {
  const rows = Array.from({ length: EXAMPLES }, (_, i) => {
    const pixel = (i * 37 + device * 11) % 256;
    const income = 20_000 + ((i * 7919 + device * 104_729) % 200_000);
    return [pixel, income, 0.01 + (i % 5) * 0.001 * device];
  });
  const labels = rows.map(([pixel = 0]) => [pixel > 127 ? 1 : 0]);
  return { xs: tf.tensor2d(rows), ys: tf.tensor2d(labels) };
}

/** Two devices with data of their own take part; what each of them trained to. */
async function trainOnce(model: string): Promise<readonly NamedTensors[]> {
  const { round } = await world.operator.startRound(model, {
    goal: 2,
    minimum: 1,
    deadlineSeconds: 60,
  });
  const trained: NamedTensors[] = [];
  const outcomes = await Promise.all(
    [1, 2].map((number) => {
      const deviceId = `raw-${number}`;
      const train = trainerFor(async () => rawFeaturesModel(), examples(number), { seed: number });
      return new Device({
        federation: world.federationOf(deviceId),
        deviceId,
        train: async (weights, plan, context): Promise<TrainResult> => {
          const result = await train(weights, plan, context);
          trained.push(sum(weights, result.delta));
          return result;
        },
      }).participate(model);
    }),
  );
  expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'accepted', round, version: round })));
  return trained;
}

function sum(weights: NamedTensors, delta: NamedTensors): NamedTensors {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { dtype: 'F32', shape, data: data.map((value, i) => value + (delta[name]?.data[i] ?? 0)) },
    ]),
  );
}

it('publishes the moving statistics of pixels and incomes with default settings, whatever steps the weights', async () => {
  const model = rawFeaturesModel();
  await world.operator.createModel({
    model: 'raw-features',
    plan: {
      architecture: architectureOf(model),
      training: { epochs: 4, batchSize: 16, learningRate: 0.05, loss: 'meanSquaredError' },
      strategy: { name: 'fedavgm', options: { momentum: 0.9 } },
    },
    weights: weightsOf(model),
  });
  model.dispose();
  const { plan } = await world.operator.status('raw-features');
  const statistics = plan.tensors.filter(({ role }) => role === 'statistic');
  expect(statistics.map(({ name }) => name)).toEqual(['raw/moving_mean', 'raw/moving_variance']);

  for (let round = 1; round <= 3; round += 1) {
    const trained = await trainOnce('raw-features');
    const { weights } = await world.operator.weights('raw-features');
    for (const { name } of statistics) {
      const published = [...(weights[name]?.data ?? [])];
      expect(published).toHaveLength(3);
      for (const [i, value] of published.entries()) {
        const mean = trained.reduce((total, each) => total + (each[name]?.data[i] ?? 0), 0) / 2;
        // The devices' deltas and the new weight are float32, the sum has 2^-28 to spare.
        expect(Math.abs(value - mean)).toBeLessThan(2 ** -21 * Math.abs(mean) + 2 ** -28);
      }
    }
    const [pixels = 0, incomes = 0, shares = 0] = weights['raw/moving_variance']?.data ?? [];
    expect(pixels).toBeGreaterThan(100);
    expect(incomes).toBeGreaterThan(1e8);
    expect(shares).toBeGreaterThan(0);
  }
}, 120_000);
