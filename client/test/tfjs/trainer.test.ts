import * as tf from '@tensorflow/tfjs';
import { evaluate, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SMALL_TRAINING, seeded, smallClassifier, smallData } from './support/models.ts';
import { oddModel } from './support/odd-layer.ts';

beforeAll(async () => {
  await prepareEngine();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const plan = { training: SMALL_TRAINING };

/** Every kind of randomness a layer may have. */
function noisy(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [4],
        units: 16,
        activation: 'relu',
        kernelInitializer: seeded(1),
      }),
      tf.layers.batchNormalization(),
      tf.layers.dropout({ rate: 0.4 }),
      tf.layers.gaussianNoise({ stddev: 0.1 }),
      tf.layers.dense({ units: 3, activation: 'softmax', kernelInitializer: seeded(2) }),
    ],
  });
}

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

  it('that diverges says so: its loss is NaN, not hidden', async () => {
    const model = smallClassifier();
    const training = { ...SMALL_TRAINING, learningRate: 1e30, epochs: 3, metrics: [] };
    const { metrics, delta } = await trainerFor(model, smallData(64))(weightsOf(model), {
      training,
    });
    expect(metrics).toEqual({ loss: Number.NaN });
    expect(Object.values(delta).some(({ data }) => data.some(Number.isNaN))).toBe(true);
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

describe('progress and abort', () => {
  it('every batch is reported once, in order', async () => {
    const model = smallClassifier();
    const done: [number, number, number][] = [];
    await trainerFor(model, smallData(40))(weightsOf(model), plan, {
      onProgress: (p) => {
        expect(p).toMatchObject({ unit: 'batch', loss: expect.any(Number) });
        done.push([p.done, p.total, p.epoch]);
      },
    });
    expect(done).toEqual([
      [1, 6, 0],
      [2, 6, 0],
      [3, 6, 0],
      [4, 6, 1],
      [5, 6, 1],
      [6, 6, 1],
    ]);
  });

  it('F24: an abort at half of training ends it with the signal’s reason, frees all, and the next training works', async () => {
    for (const source of ['model', 'maker']) {
      const model = source === 'model' ? smallClassifier() : undefined;
      const data = smallData(160);
      const weights = weightsOf(model ?? smallClassifier());
      const train = trainerFor(model ?? (async () => smallClassifier()), data);
      const whole = await train(weights, plan);
      const before = tf.memory().numTensors;
      const controller = new AbortController();
      const reason = new Error('The user left');
      const reported: number[] = [];
      const aborted = train(weights, plan, {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          reported.push(done);
          // From outside, as a user would: it must get through between two batches.
          if (done === total / 2) setImmediate(() => controller.abort(reason));
        },
      });
      await expect(aborted).rejects.toBe(reason);
      expect(reported.at(-1)).toBeLessThan(20);
      expect(reported.length).toBeGreaterThanOrEqual(10);
      expect(tf.memory().numTensors).toBe(before);
      expect(await train(weights, plan)).toEqual(whole);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('an abort while another training has the model does not wait for it', async () => {
    const model = smallClassifier();
    const data = smallData(64);
    const weights = weightsOf(model);
    const order: string[] = [];
    const controller = new AbortController();
    const first = trainerFor(model, data)(weights, plan, {
      onProgress: () => controller.abort(),
    }).then(() => order.push('first'));
    const { signal } = controller;
    const second = trainerFor(model, data)(weights, plan, { signal }).catch((reason: unknown) => {
      expect(reason).toBe(signal.reason);
      order.push('aborted');
    });
    const third = trainerFor(model, data)(weights, plan).then(() => order.push('third'));
    await Promise.all([first, second, third]);
    expect(order).toEqual(['aborted', 'first', 'third']);
  });

  it('an abort before the start trains nothing', async () => {
    const model = smallClassifier();
    const weights = weightsOf(model);
    const signal = AbortSignal.abort();
    await expect(
      trainerFor(model, smallData(16))(weights, plan, {
        signal,
        onProgress: () => expect.unreachable(),
      }),
    ).rejects.toBe(signal.reason);
    expect(weightsOf(model)).toEqual(weights);
  });

  it('F25: training goes on where frames never come', async () => {
    const frames = vi.fn(() => 0);
    vi.stubGlobal('requestAnimationFrame', frames);
    const model = smallClassifier();
    const { exampleCount } = await trainerFor(model, smallData(64))(weightsOf(model), plan);
    expect(exampleCount).toBe(64);
    // As in a browser, which has messages only.
    vi.stubGlobal('setImmediate', undefined);
    expect(await trainerFor(model, smallData(64))(weightsOf(model), plan)).toMatchObject({
      exampleCount: 64,
    });
    expect(frames).not.toHaveBeenCalled();
  });

  it('timers and messages get their turn between batches', async () => {
    const model = smallClassifier();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    let seen = 0;
    await trainerFor(model, smallData(400))(weightsOf(model), plan, {
      onProgress: () => {
        seen = turns;
      },
    });
    clearInterval(timer);
    expect(seen).toBeGreaterThan(0);
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
});
