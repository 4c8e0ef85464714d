import * as tf from '@tensorflow/tfjs';
import { layoutOf, loadWeights, prepareEngine, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallClassifier } from './support/models.ts';
import { oddModel } from './support/odd-layer.ts';

beforeAll(async () => {
  await prepareEngine();
});

const { dense, batchNormalization } = tf.layers;

function unnamed(): tf.Sequential {
  return tf.sequential({
    layers: [
      dense({ inputShape: [4], units: 3 }),
      batchNormalization(),
      dense({ units: 2, useBias: false }),
    ],
  });
}

describe('names', () => {
  it('do not depend on how many layers a process has made', () => {
    const names = layoutOf(unnamed()).map(({ name }) => name);
    expect(names).toEqual([
      'dense_1/kernel',
      'dense_1/bias',
      'batch_normalization_1/gamma',
      'batch_normalization_1/beta',
      'batch_normalization_1/moving_mean',
      'batch_normalization_1/moving_variance',
      'dense_2/kernel',
    ]);
    expect(layoutOf(unnamed()).map(({ name }) => name)).toEqual(names);
  });

  it('are the author’s where the author named a layer, and automatic ones make room', () => {
    const model = tf.sequential({
      layers: [
        dense({ inputShape: [4], units: 3, useBias: false }),
        dense({ name: 'dense_1', units: 3, useBias: false }),
        dense({ name: 'Dense9', units: 3, useBias: false }),
      ],
    });
    expect(layoutOf(model).map(({ name }) => name)).toEqual([
      'dense_1_2/kernel',
      'dense_1/kernel',
      'Dense9/kernel',
    ]);
  });

  it('are unique in wrapped layers and models inside models', () => {
    const inner = tf.sequential({
      layers: [dense({ inputShape: [6], units: 2 }), dense({ units: 2 })],
    });
    const model = tf.sequential({
      layers: [
        tf.layers.bidirectional({
          layer: tf.layers.lstm({ units: 3 }) as tf.RNN,
          mergeMode: 'concat',
          inputShape: [5, 4],
        } as Parameters<typeof tf.layers.bidirectional>[0]),
        inner,
      ],
    });
    const names = layoutOf(model).map(({ name }) => name);
    expect(new Set(names).size).toBe(10);
    expect(names.slice(0, 6)).toEqual([
      'bidirectional_1/kernel',
      'bidirectional_1/recurrent_kernel',
      'bidirectional_1/bias',
      'bidirectional_1/kernel_2',
      'bidirectional_1/recurrent_kernel_2',
      'bidirectional_1/bias_2',
    ]);
    expect(names.slice(6)).toEqual([
      'sequential_1/dense_1/kernel',
      'sequential_1/dense_1/bias',
      'sequential_1/dense_2/kernel',
      'sequential_1/dense_2/bias',
    ]);
  });
});

describe('roles', () => {
  const roles = (model: tf.LayersModel): string[] =>
    layoutOf(model)
      .filter(({ role }) => role === 'statistic')
      .map(({ name }) => name);
  const moving = ['batch_normalization_1/moving_mean', 'batch_normalization_1/moving_variance'];

  it('moving averages are statistics', () => {
    expect(roles(unnamed())).toEqual(moving);
  });

  it('freezing a layer freezes its moving averages too, and moves no weight', () => {
    const model = unnamed();
    const names = layoutOf(model).map(({ name }) => name);
    for (const layer of model.layers) layer.trainable = false;
    expect(new Set(layoutOf(model).map(({ role }) => role))).toEqual(new Set(['frozen']));
    expect(layoutOf(model).map(({ name }) => name)).toEqual(names);
  });
});

describe('values', () => {
  it('are copies, in the model’s order, and load back to the same bits', () => {
    const [source, target] = [smallClassifier(), unnamedLike()];
    const weights = weightsOf(source);
    expect(Object.keys(weights)).toEqual(layoutOf(source).map(({ name }) => name));
    expect(weights['hidden/kernel']).toMatchObject({ dtype: 'F32', shape: [4, 8] });
    loadWeights(target, weights);
    const before = weightsOf(target);
    expect(before).toEqual(weights);
    for (const { data } of Object.values(weights)) data.fill(0);
    expect(weightsOf(target)).toEqual(before);
    expect(weightsOf(source)).toEqual(before);
  });

  /** Same layout, other values. */
  function unnamedLike(): tf.Sequential {
    const model = smallClassifier();
    tf.tidy(() => model.setWeights(model.getWeights().map((w) => tf.onesLike(w))));
    return model;
  }

  it('of no element or of no dimension travel like the others', async () => {
    for (const prefer of ['cpu', 'wasm'] as const) {
      await prepareEngine(tf, { prefer });
      const model = oddModel();
      const weights = weightsOf(model);
      expect(
        Object.entries(weights).map(([name, { shape, data }]) => [name, shape, data.length]),
      ).toEqual([
        ['odd/wide', [0, 3], 0],
        ['odd/tall', [2, 0], 0],
        ['odd/factor', [], 1],
        ['classes/kernel', [4, 3], 12],
        ['classes/bias', [3], 3],
      ]);
      const scaled = { ...weights, 'odd/factor': { ...scalar(2.5), role: 'trained' as const } };
      loadWeights(model, scaled);
      expect(weightsOf(model)).toEqual(scaled);
      model.dispose();
    }
  });

  function scalar(value: number): { dtype: 'F32'; shape: number[]; data: Float32Array } {
    return { dtype: 'F32', shape: [], data: Float32Array.of(value) };
  }

  it('leave no tensor behind', () => {
    const model = smallClassifier();
    const weights = weightsOf(model);
    const before = tf.memory().numTensors;
    loadWeights(model, weights);
    weightsOf(model);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('weights that do not fit are named, and nothing is loaded', () => {
  const good = (): ReturnType<typeof weightsOf> => weightsOf(smallClassifier());
  const kernel = 'hidden/kernel';
  const zeros = (length: number): Float32Array => new Float32Array(length);

  it.each<[string, () => unknown, string]>([
    [
      'missing',
      () => Object.fromEntries(Object.entries(good()).filter(([name]) => name !== kernel)),
      'Weight hidden/kernel is missing, expected F32 [4, 8]',
    ],
    [
      'stray',
      () => ({ ...good(), extra: good()[kernel] }),
      'Weight extra is not in the model, expected hidden/kernel, hidden/bias, classes/kernel, classes/bias',
    ],
    [
      'of another shape',
      () => ({ ...good(), [kernel]: { dtype: 'F32', shape: [8, 4], data: zeros(32) } }),
      'Weight hidden/kernel has shape [8, 4], expected F32 [4, 8]',
    ],
    [
      'of another rank',
      () => ({ ...good(), [kernel]: { dtype: 'F32', shape: [32], data: zeros(32) } }),
      'Weight hidden/kernel has shape [32], expected F32 [4, 8]',
    ],
    [
      'of another dtype',
      () => ({ ...good(), [kernel]: { dtype: 'F64', shape: [4, 8], data: new Float64Array(32) } }),
      'Weight hidden/kernel has dtype F64, expected F32 [4, 8]',
    ],
    [
      'too short',
      () => ({ ...good(), [kernel]: { dtype: 'F32', shape: [4, 8], data: zeros(31) } }),
      'Weight hidden/kernel holds 31 elements, expected 32',
    ],
    [
      'inherited',
      () => Object.create(good()),
      'Weight hidden/kernel is missing, expected F32 [4, 8]',
    ],
  ])('%s', (_, bad, message) => {
    const model = smallClassifier();
    const before = weightsOf(model);
    expect(() => loadWeights(model, bad() as never)).toThrow(
      expect.objectContaining({
        code: 'weights-mismatch',
        message: expect.stringContaining(message),
      }),
    );
    expect(weightsOf(model)).toEqual(before);
  });
});
