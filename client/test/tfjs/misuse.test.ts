import * as tf from '@tensorflow/tfjs';
import {
  evaluate,
  exportTfjs,
  type LocalData,
  prepareEngine,
  trainerFor,
} from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { smallClassifier, smallData } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

const anything = (value: unknown) => value as never;

describe('data that is none', () => {
  const xs = tf.tensor2d([[1]]);
  it.each<[string, unknown, RegExp]>([
    ['null', null, /holds null, expected \{ xs, ys \} of tensors/],
    ['nothing', undefined, /holds nothing/],
    ['a list', [1, 2, 3], /holds a list of 3/],
    ['lists', { xs: [[42.125]], ys: [[1]] }, /holds a list of 1/],
    ['numbers', { xs: [42.125], ys: xs }, /holds a number/],
    ['an array', { xs: Float32Array.of(1), ys: xs }, /holds a Float32Array/],
    ['no ys', { xs }, /holds an object/],
  ])('%s is refused by trainerFor and evaluate', async (_, data, message) => {
    const expected = { code: 'training-data-invalid', message: expect.stringMatching(message) };
    expect(() => trainerFor(smallClassifier(), data as LocalData)).toThrow(
      expect.objectContaining(expected),
    );
    await expect(
      evaluate(smallClassifier(), data as LocalData, { loss: 'meanSquaredError' }),
    ).rejects.toMatchObject(expected);
  });
});

describe('a model that is none', () => {
  it.each([null, undefined, 'digits', {}, [1]])('is refused by its kind: %o', async (model) => {
    expect(() => trainerFor(anything(model), smallData(4))).toThrow(
      /^The model is .*, expected a tfjs LayersModel or a function that makes one$/,
    );
    expect(() => exportTfjs(anything(model), {})).toThrow(/^The model is .*, expected a tfjs/);
    const scored = { loss: 'meanSquaredError' };
    const evaluating = evaluate(anything(model), smallData(4), scored);
    await expect(evaluating).rejects.toThrow(TypeError);
    const made = evaluate(async () => anything(model), smallData(4), scored);
    await expect(made).rejects.toThrow(/^The model is .*, expected a tfjs LayersModel/);
  });
});

it.each([-1.5, -1, 0.5, Number.NaN, 2 ** 53, '1'])('the seed %o is refused', (seed) => {
  expect(() => trainerFor(smallClassifier(), smallData(4), { seed: anything(seed) })).toThrow(
    /^Seed is .*, expected an integer from 0 to 2\^53 − 1/,
  );
});

describe('an option that nobody reads', () => {
  it('is refused by trainerFor, evaluate and prepareEngine', async () => {
    const unknown = (owner: string, got: string, meant: string) =>
      new RegExp(`^${owner} got the unknown option "${got}", perhaps meant for "${meant}"`);
    const [model, data] = [smallClassifier(), smallData(4)];
    expect(() => trainerFor(model, data, anything({ sed: 1 }))).toThrow(
      unknown('trainerFor', 'sed', 'seed'),
    );
    const evaluating = evaluate(model, data, anything({ loss: 'mse', weight: [] }));
    await expect(evaluating).rejects.toThrow(unknown('evaluate', 'weight', 'weights'));
    await expect(prepareEngine(tf, anything(null))).rejects.toThrow(
      /^The options of prepareEngine are null, expected an object with prefer, wasmPaths$/,
    );
    const preparing = prepareEngine(tf, anything({ prefers: 'cpu' }));
    await expect(preparing).rejects.toThrow(unknown('prepareEngine', 'prefers', 'prefer'));
  });
});

it('an unknown loss is answered with the names of losses', async () => {
  const evaluating = evaluate(smallClassifier(), smallData(4), { loss: 'mse' });
  await expect(evaluating).rejects.toThrow(
    /Unknown loss.*correct the plan to one of meanSquaredError, meanAbsoluteError, /,
  );
});

describe('evaluate', () => {
  it.each<[unknown, RegExp]>([
    [undefined, /^The options of evaluate are unusable: got nothing, expected an object; pass/],
    [{}, /^Option loss of evaluate is unusable: missing, expected a text, or a list; pass/],
    [{ loss: 'mse', batchSize: 0 }, /^Option batchSize .*got 0, expected at least 1/],
    [{ loss: 'mse', metrics: 'accuracy' }, /^Option metrics .*got "accuracy", expected a list/],
  ])('with the options %o says which is wrong', async (options, message) => {
    const evaluating = evaluate(smallClassifier(), smallData(4), anything(options));
    await expect(evaluating).rejects.toMatchObject({
      code: 'training-settings-invalid',
      message: expect.stringMatching(message),
    });
  });
});

describe('prepareEngine', () => {
  it('told its options first says where they belong', async () => {
    await expect(prepareEngine(anything({ prefer: 'wasm' }))).rejects.toThrow(
      /^The first argument of prepareEngine is an object, expected the TensorFlow\.js module; write/,
    );
    await expect(prepareEngine(anything(null))).rejects.toThrow(TypeError);
  });

  it('of a backend there is none of names those there are', async () => {
    await expect(prepareEngine(tf, { prefer: anything('webgpu') })).rejects.toThrow(
      'Option prefer of prepareEngine is "webgpu", expected one of tensorflow, webgl, wasm, cpu',
    );
  });

  it.each([anything(5), anything(null)])(
    'of paths that are %s says what they are',
    async (wasmPaths) => {
      await expect(prepareEngine(tf, { wasmPaths })).rejects.toThrow(
        /^Option wasmPaths of prepareEngine is .*, expected the URL of a folder, or an object/,
      );
    },
  );
});
