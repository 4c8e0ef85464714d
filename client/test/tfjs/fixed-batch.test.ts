/** Models built for batches of one size, among them stateful ones, train as `fit` trains them. */
import * as tf from '@tensorflow/tfjs';
import { evaluate, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { seeded } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

const BATCH = 4;
const kernels = { kernelInitializer: seeded(1), recurrentInitializer: seeded(2) };

const MODELS: readonly (readonly [string, () => tf.Sequential])[] = [
  [
    'a fixed batch',
    () =>
      tf.sequential({
        layers: [
          tf.layers.dense({
            batchInputShape: [BATCH, 2, 3],
            units: 2,
            kernelInitializer: seeded(1),
          }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 1, kernelInitializer: seeded(2) }),
        ],
      }),
  ],
  [
    'a stateful lstm',
    () =>
      recurrent(
        tf.layers.lstm({ batchInputShape: [BATCH, 2, 3], units: 2, stateful: true, ...kernels }),
      ),
  ],
  [
    'a stateful gru',
    () =>
      recurrent(
        tf.layers.gru({ batchInputShape: [BATCH, 2, 3], units: 2, stateful: true, ...kernels }),
      ),
  ],
];

function recurrent(layer: tf.layers.Layer): tf.Sequential {
  return tf.sequential({
    layers: [layer, tf.layers.dense({ units: 1, kernelInitializer: seeded(3) })],
  });
}

function data(count: number): { xs: tf.Tensor; ys: tf.Tensor } {
  return {
    xs: tf.randomNormal([count, 2, 3], 0, 1, 'float32', 1),
    ys: tf.randomNormal([count, 1], 0, 1, 'float32', 2),
  };
}

const training = { learningRate: 0.1, loss: 'meanSquaredError' };

describe.each(MODELS)('%s', (name, make) => {
  it('trains on whole batches, counts their examples, and leaves no tensor', async () => {
    const model = make();
    const weights = weightsOf(model);
    const { xs, ys } = data(10);
    await trainerFor(model, { xs, ys })(weights, { training });
    const before = tf.memory().numTensors;
    const done: number[][] = [];
    const outcome = await trainerFor(model, { xs, ys })(
      weights,
      { training: { ...training, epochs: 2 } },
      { onProgress: (progress) => done.push([progress.done, progress.total]) },
    );
    expect(outcome.exampleCount).toBe(8);
    expect(done).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
      [4, 4],
    ]);
    expect(tf.memory().numTensors).toBe(before);
    const again = await trainerFor(make(), { xs, ys })(weights, {
      training: { ...training, epochs: 2 },
    });
    expect(again.delta).toEqual(outcome.delta);
  });

  it('trains as fit does, in order', async () => {
    const [ours, theirs] = [make(), make()];
    const { xs, ys } = data(8);
    const weights = weightsOf(ours);
    const isStateful = name !== 'a fixed batch';
    theirs.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await theirs.fit(xs, ys, { batchSize: BATCH, epochs: 1, shuffle: false, verbose: 0 });
    const { delta } = await trainerFor(ours, { xs, ys })(weights, { training });
    if (!isStateful) return;
    for (const [key, { data: trained }] of Object.entries(weightsOf(theirs)))
      for (const [i, value] of trained.entries())
        expect(value - (weights[key]?.data[i] ?? 0)).toBeCloseTo(delta[key]?.data[i] ?? 0, 5);
  });

  it('trains on datasets, and evaluates whole batches', async () => {
    const model = make();
    const { xs, ys } = data(9);
    const [xRows, yRows] = [xs.arraySync() as number[][][], ys.arraySync() as number[][]];
    const elements = tf.data.array(xRows.map((x, i) => ({ xs: x, ys: yRows[i] as number[] })));
    for (const dataset of [elements, elements.batch(2), elements.batch(BATCH)]) {
      const trainer = trainerFor(model, dataset as tf.data.Dataset<tf.TensorContainer>);
      expect((await trainer(weightsOf(model), { training })).exampleCount).toBe(8);
    }
    const whole = await evaluate(model, data(8), { loss: 'meanSquaredError' });
    expect(whole.exampleCount).toBe(8);
    await expect(evaluate(model, { xs, ys }, { loss: 'meanSquaredError' })).rejects.toMatchObject({
      code: 'training-data-invalid',
      message:
        'The last batch has 1 examples, but the model is built for batches of 4; give a multiple of it',
    });
  });

  it('of another size is refused by both sizes, and so are too few examples', async () => {
    const model = make();
    const wrong = { training: { ...training, batchSize: 32 } };
    await expect(trainerFor(model, data(8))(weightsOf(model), wrong)).rejects.toMatchObject({
      code: 'training-settings-invalid',
      message:
        'Plan field training.batchSize is 32, but the model is built for batches of 4; set it to 4, or leave it out',
    });
    await expect(trainerFor(model, data(3))(weightsOf(model), { training })).rejects.toMatchObject({
      code: 'training-data-invalid',
      message: expect.stringContaining('expected at least 4, the batch the model is built for'),
    });
  });
});
