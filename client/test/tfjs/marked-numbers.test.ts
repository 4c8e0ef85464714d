/**
 * Training, devices and workers on marked numbers, made to fail in many ways: the marks are in no
 * message, cause, stack, JSON or log.
 */
import { inspect } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { TensorHook, VirtualWorker } from '@tributary/client';
import {
  evaluate,
  type LocalData,
  prepareEngine,
  trainerFor,
  weightsOf,
} from '@tributary/client/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeWorld } from '../device/support/fake-world.ts';
import { deviceIn } from '../device/support/participants.ts';

/** Numbers that nothing else is made of. */
const MARKS = [471.25, 98.625, 31_337] as const;
const FOUND = /471|98\.6|31337|31,337/;

const logged: unknown[] = [];

beforeEach(async () => {
  logged.length = 0;
  await prepareEngine(tf, { prefer: 'cpu' });
  for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...texts) => void logged.push(...texts));
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Everything a program could log of an error. */
function textsOf(error: unknown): string {
  const own = inspect(error, { depth: 8, showHidden: true });
  const parts = error instanceof Error ? [error.message, error.stack, textsOf(error.cause)] : [];
  return [own, JSON.stringify(error), ...parts, inspect(logged, { depth: 8 })].join('\n');
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return expect.unreachable('It did not fail');
}

/** A layer that fails as tfjs's own do, by printing what it got; from its `failsFrom`th call on. */
class Printing extends tf.layers.Layer {
  static className = 'Printing';
  #calls = 0;
  readonly #failsFrom: number;

  constructor(failsFrom = 0) {
    super({ inputShape: [3] } as never);
    this.#failsFrom = failsFrom;
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    this.#calls += 1;
    if (this.#calls > this.#failsFrom)
      throw new Error(`Bad input. Input received: ${x}, ${inputs}`);
    return (x as tf.Tensor).clone();
  }
}

const { dense, embedding, flatten, thresholdedReLU } = tf.layers;

const linear = (): tf.Sequential =>
  tf.sequential({ layers: [dense({ inputShape: [3], units: 1 })] });
/** What prints sees the numbers themselves. */
const printing = (failsFrom = 0): tf.Sequential =>
  tf.sequential({ layers: [new Printing(failsFrom), dense({ units: 1 })] });
const deep = (...layers: tf.layers.Layer[]): tf.Sequential =>
  tf.sequential({ layers: [dense({ inputShape: [3], units: 3 }), ...layers, dense({ units: 1 })] });
const words = (): tf.Sequential =>
  tf.sequential({
    layers: [
      embedding({ inputDim: 5, outputDim: 2, inputLength: 3 }),
      flatten(),
      dense({ units: 1 }),
    ],
  });
const classes = (): tf.Sequential =>
  tf.sequential({ layers: [dense({ inputShape: [3], units: 2, activation: 'softmax' })] });

const marked = (rows: number): tf.Tensor2D =>
  tf.tensor2d(Array.from({ length: rows }, () => [...MARKS]));
const targets = (rows: number): tf.Tensor2D => tf.fill([rows, 1], MARKS[2]) as tf.Tensor2D;
const plain = { learningRate: 1e-9, loss: 'meanSquaredError', batchSize: 2 };

function* goodThenBad(): Generator<tf.TensorContainer> {
  yield { xs: tf.tensor1d([...MARKS]), ys: 1 };
  throw new RangeError(`Row ${MARKS[0]} is bad: ${tf.tensor1d([...MARKS])}`);
}

const array = (...elements: unknown[]): LocalData =>
  tf.data.array(elements as tf.TensorContainer[]);

const TRAININGS: readonly (readonly [string, () => tf.LayersModel, () => LocalData, object?])[] = [
  ['inputs of another shape', linear, () => ({ xs: tf.tensor2d([[...MARKS, 1]]), ys: targets(1) })],
  [
    'targets of another shape',
    linear,
    () => ({ xs: marked(2), ys: tf.tensor2d([[...MARKS], [...MARKS]]) }),
  ],
  ['counts that differ', linear, () => ({ xs: marked(2), ys: targets(3) })],
  [
    'a word outside of the vocabulary',
    words,
    () => ({ xs: tf.tensor2d([[31_337, 471, 98]], [1, 3], 'int32'), ys: targets(1) }),
  ],
  [
    'such a word in a later batch',
    words,
    () => ({
      xs: tf.tensor2d(
        [
          [0, 1, 2],
          [0, 1, 2],
          [0, 31_337, 2],
        ],
        [3, 3],
        'int32',
      ),
      ys: targets(3),
    }),
    { batchSize: 1 },
  ],
  [
    'a class that is not there',
    classes,
    () => ({ xs: marked(2), ys: tf.tensor2d([[[...MARKS]], [[...MARKS]]].flat()) }),
    { loss: 'sparseCategoricalCrossentropy' },
  ],
  ['a layer that prints its input', () => printing(), () => ({ xs: marked(2), ys: targets(2) })],
  [
    'a layer that prints it in a later batch',
    () => printing(4),
    () => ({ xs: marked(8), ys: targets(8) }),
  ],
  [
    'a layer without gradient',
    () => deep(thresholdedReLU({ theta: 471.25 })),
    () => ({ xs: marked(2), ys: targets(2) }),
  ],
  [
    'a loss that tfjs does not know',
    linear,
    () => ({ xs: marked(2), ys: targets(2) }),
    { loss: 'magic' },
  ],
  [
    'a training that diverges',
    linear,
    () => ({ xs: marked(4), ys: targets(4) }),
    { learningRate: 1e30, epochs: 5 },
  ],
  ['numbers in place of tensors', linear, () => ({ xs: [...MARKS], ys: 1 }) as never],
  ['texts in a dataset', linear, () => array({ xs: `${MARKS[0]}`, ys: 1 })],
  ['numbers in a dataset', linear, () => array(MARKS[0], MARKS[1])],
  ['columns in a dataset', linear, () => array({ price: MARKS[0], size: MARKS[1] })],
  ['ragged rows in a dataset', linear, () => array({ xs: [[...MARKS], [1]], ys: 1 })],
  [
    'examples of several shapes',
    linear,
    () => array({ xs: [...MARKS], ys: 1 }, { xs: [471.25], ys: 1 }),
  ],
  ['a dataset that prints', linear, () => tf.data.generator(goodThenBad)],
  [
    'a step whose settings are wrong',
    linear,
    () => ({ xs: marked(2), ys: targets(2) }),
    { batchsize: 471 },
  ],
];

describe('local training', () => {
  it.each(TRAININGS.map(([name, make, data, settings = {}]) => ({ name, make, data, settings })))(
    'with $name',
    async ({ name, make, data, settings }) => {
      const model = make();
      const training = { ...plain, ...settings } as never;
      const weights = weightsOf(model);
      const error = await failureOf(async () => trainerFor(model, data())(weights, { training }));
      // The setting is the operator's own number.
      if (name === 'a step whose settings are wrong')
        expect(error).toMatchObject({ code: 'training-settings-invalid' });
      else expect(error).toMatchObject({ code: expect.stringMatching(/^(training|layer)-/) });
      expect(textsOf(error)).not.toMatch(FOUND);
    },
  );

  it('and evaluation', async () => {
    const model = printing(2);
    const data = { xs: marked(8), ys: targets(8) };
    const options = { loss: 'meanSquaredError', batchSize: 2 };
    const error = await failureOf(() => evaluate(model, data, options));
    expect(error).toMatchObject({ code: 'training-data-invalid' });
    expect(textsOf(error)).not.toMatch(FOUND);
  });
});

it('a device whose train function prints tensors', async () => {
  const { device } = deviceIn(new FakeWorld(), () => {
    throw new TypeError('Cannot train', { cause: new Error(`on ${tf.tensor1d([...MARKS])}`) });
  });
  const error = await failureOf(() => device.participate('digits'));
  expect(error).toMatchObject({ code: 'train-failed', cause: { message: 'Cannot train' } });
  expect(textsOf(error)).not.toMatch(FOUND);
});

describe('a worker', () => {
  const hook = new TensorHook(tf);
  const bob = new VirtualWorker(hook, { id: 'bob-marked' });
  const vector = () => tf.tensor1d([...MARKS]).send(bob);
  const indices = () => tf.tensor1d([31_337, 471], 'int32').send(bob);

  const FAILURES: readonly (readonly [string, () => unknown])[] = [
    [
      'shapes that do not fit',
      async () =>
        await vector()
          .matMul(vector() as never)
          .get(),
    ],
    ['a reshape that does not fit', async () => await vector().reshape([2, 2]).get()],
    [
      'indices out of range',
      async () =>
        await vector()
          .gather(indices() as never)
          .get(),
    ],
    [
      'another dtype',
      async () =>
        await vector()
          .logicalAnd(vector() as never)
          .get(),
    ],
  ];

  it.each(FAILURES)('that is given %s', async (_, work) => {
    const error = await failureOf(work);
    expect(error).toMatchObject({ casualty: 'command', code: expect.any(String) });
    expect(textsOf(error)).not.toMatch(FOUND);
  });
});
