import * as tf from '@tensorflow/tfjs';
import { parseTrainingSettings } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileModel } from '../../src/tfjs/compiled-model.ts';
import { LOSSES } from '../../src/tfjs/setting-hints.ts';

beforeAll(() => tf.setBackend('cpu'));

const GOOD = { learningRate: 0.1, loss: 'meanSquaredError' };

describe('settings of other names', () => {
  it.each([
    [{ ...GOOD, lr: 0.1 }, 'write learningRate in place of lr'],
    [{ ...GOOD, learning_rate: 0.1 }, 'write learningRate in place of learning_rate'],
    [{ ...GOOD, BatchSize: 4 }, 'write batchSize in place of BatchSize'],
    [{ ...GOOD, seed: 4 }, 'write shuffleSeed in place of seed'],
    [{ ...GOOD, optimizer: 'Adam' }, 'write "adam"'],
    [{ ...GOOD, optimizer: 'rmsprop' }, 'write { "kind": "rmsprop" }'],
    [{ ...GOOD, optimizer: 'RMSProp' }, 'write { "kind": "rmsprop" }'],
    [{ ...GOOD, optimizer: 'momentum' }, 'write { "kind": "momentum", "momentum": 0.9 }'],
  ])('%j are answered with what to write', (training, hint) => {
    const says = expect.objectContaining({ message: expect.stringContaining(`; ${hint}`) });
    expect(() => parseTrainingSettings(training)).toThrow(says);
  });

  it.each([
    { ...GOOD, teacher: 'x' },
    { ...GOOD, optimizer: 3 },
    { ...GOOD, optimizer: 'lbfgs' },
  ])('%j, like none, are answered without a guess', (training) => {
    expect(() => parseTrainingSettings(training)).toThrow(/; correct the plan/);
  });
});

describe('losses and metrics of other names', () => {
  const compile = (loss: string, metrics: string[] = []) =>
    compileModel(tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] }), {
      loss,
      metrics,
    });

  it.each([
    ['mse', 'meanSquaredError'],
    ['meanSquaredEror', 'meanSquaredError'],
    ['mean_squared_error', 'meanSquaredError'],
    ['CrossEntropyLoss', 'categoricalCrossentropy'],
    ['binary_crossentropy', 'binaryCrossentropy'],
  ])('the loss %s is answered with %s', (loss, meant) => {
    expect(() => compile(loss)).toThrow(`; did you mean ${meant}? correct the plan to one of`);
  });

  it('a metric is answered with the one that is meant', () => {
    expect(() => compile('meanSquaredError', ['accurracy'])).toThrow(/did you mean accuracy\?/);
    expect(() => compile('meanSquaredError', ['f1'])).toThrow(
      /Unknown metric f1; correct the plan/,
    );
  });

  it.each(LOSSES)('the loss %s, which is offered, is there', (loss) => {
    expect(() => compile(loss)).not.toThrow();
  });

  it.each([
    'accuracy',
    'binaryAccuracy',
    'categoricalAccuracy',
    'precision',
    'crossentropy',
    'mse',
    'mae',
    'mape',
    'cosine',
  ])('the metric %s, which is offered, is there', (metric) => {
    expect(() => compile('meanSquaredError', [metric])).not.toThrow();
  });
});
