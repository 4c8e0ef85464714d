/** Losses and activations at a model that begins with zeros, where the pieces of their formulas meet. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileModel, gradientsOf } from '../../src/tfjs/compiled-model.ts';
import { prepareBackends, useBackend } from './support/backends.ts';

beforeAll(prepareBackends);

const LOSSES = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'squaredHinge',
  'hinge',
  'categoricalHinge',
  'logcosh',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
  'binaryCrossentropy',
  'kullbackLeiblerDivergence',
  'poisson',
  'cosineProximity',
];

const ACTIVATIONS = [
  'elu',
  'selu',
  'relu',
  'relu6',
  'linear',
  'sigmoid',
  'hardSigmoid',
  'softplus',
  'softsign',
  'tanh',
  'softmax',
  'logSoftmax',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

/** Part of the slope that differences of float32 losses may be off by. */
const ERROR_MAX = 0.02;
const STEP = 2 ** -7;
const UNITS = 2;

interface Problem {
  readonly loss: string;
  readonly activation: string;
}

function problemOf({ loss, activation }: Problem) {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: UNITS,
        inputShape: [2],
        activation: activation as 'relu',
        kernelInitializer: 'zeros',
      }),
    ],
  });
  // No sum of some is the sum of others: bends of the examples do not make up for each other.
  const xs = tf.tensor2d([0.53, -1.1, 2.3, 0.77, 1.39, 0.29], [3, 2]);
  const ys =
    loss === 'sparseCategoricalCrossentropy'
      ? tf.tensor2d([0, 1, 1], [3, 1])
      : tf.tensor2d([1, 0, 0, 1, 0, 1], [3, UNITS]);
  return {
    compiled: compileModel(model, { loss, metrics: [] }),
    batch: { xs: [xs], ys: [ys], size: 3 },
  };
}

type Prepared = ReturnType<typeof problemOf>;

function lossOf({ compiled, batch }: Prepared): number {
  const { gradients, scores } = gradientsOf(compiled, batch);
  const [loss] = [...scores].map((score) => score.dataSync()[0] ?? Number.NaN);
  tf.dispose([gradients, [...scores]]);
  return loss ?? Number.NaN;
}

/** The slope between two losses on each side of one element, if both sides have the same. */
function smoothSlope(
  prepared: Prepared,
  weight: tf.LayerVariable,
  index: number,
): number | undefined {
  const { shape } = weight.read();
  const original = weight.read().dataSync().slice() as Float32Array;
  const at = (offset: number): number => {
    const moved = original.slice();
    moved[index] = (moved[index] ?? 0) + offset;
    tf.tidy(() => {
      weight.write(tf.tensor(moved, shape));
    });
    return lossOf(prepared);
  };
  const [far, near, middle, after, farAfter] = [-2, -1, 0, 1, 2].map((count) =>
    at(count * STEP),
  ) as [number, number, number, number, number];
  at(0);

  const bend = (a: number, b: number) => Math.abs(b - 2 * middle + a);
  const [short, long] = [(after - near) / (2 * STEP), (farAfter - far) / (4 * STEP)];
  const central = (4 * short - long) / 3;
  // Where a function is smooth, bends grow with the square of the step; at a kink with the step.
  const isSmooth =
    bend(near, after) <= 0.3 * bend(far, farAfter) + 4e-6 &&
    Math.abs(short - long) <= ERROR_MAX * Math.abs(short) + 1e-3;
  return isSmooth && Number.isFinite(central) ? central : undefined;
}

function compare(problem: Problem): { compared: number; wrong: unknown[] } {
  const prepared = problemOf(problem);
  const { gradients, scores } = gradientsOf(prepared.compiled, prepared.batch);
  const rows = prepared.compiled.view.trainableWeights.flatMap((weight) => {
    const gradient = gradients[(weight.read() as tf.Variable).name]?.dataSync() ?? [];
    // Two of the kernel, for each output one, and one bias.
    const indices = Array.from({ length: weight.read().size }, (_, index) => index);
    const tried = indices.filter((index) => index % 3 === 0);
    return tried.map((index) => ({
      weight: weight.originalName,
      index,
      gradient: gradient[index] ?? Number.NaN,
      slope: smoothSlope(prepared, weight, index),
    }));
  });
  tf.dispose([gradients, [...scores]]);
  const compared = rows.filter(({ slope }) => slope !== undefined);
  const wrong = compared.filter(
    ({ gradient, slope = 0 }) =>
      !(Math.abs(gradient - slope) <= ERROR_MAX * Math.abs(slope) + 1e-3),
  );
  return { compared: compared.length, wrong };
}

/** Weights compared for each loss at least; two activations' are 6. */
const COMPARED_MIN = 6;

function checkLoss(loss: string): void {
  const compared = ACTIVATIONS.map((activation) => {
    const { compared: count, wrong } = compare({ loss, activation });
    expect({ loss, activation, wrong }).toMatchObject({ wrong: [] });
    return count;
  });
  expect(compared.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(COMPARED_MIN);
}

describe('the gradient of a model of zeros is that of differences after every activation', {
  timeout: 60_000,
}, () => {
  it.each(LOSSES)('with %s', (loss) => {
    useBackend('cpu');
    checkLoss(loss);
  });

  it('with binaryCrossentropy on wasm', () => {
    useBackend('wasm');
    checkLoss('binaryCrossentropy');
  });
});
