/** tf.data as people have it: csv, columns, batches, several inputs; and what is refused, by what came. */
import * as tf from '@tensorflow/tfjs';
import { evaluate, prepareEngine, trainerFor, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { seeded } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

type Elements = tf.data.Dataset<tf.TensorContainer>;

const TRAINING = { learningRate: 0.05, loss: 'meanSquaredError', batchSize: 4, epochs: 2 };
const plan = { training: TRAINING };
const COUNT = 11;

/** Two features, one target. */
function linear(): tf.Sequential {
  const layer = tf.layers.dense({ inputShape: [2], units: 1, kernelInitializer: seeded(1) });
  return tf.sequential({ layers: [layer] });
}

function rows(): { a: number; b: number; price: number }[] {
  return Array.from({ length: COUNT }, (_, i) => ({
    a: Math.sin(i),
    b: Math.cos(i),
    price: i % 3,
  }));
}

const tensors = (): { xs: tf.Tensor; ys: tf.Tensor } => ({
  xs: tf.tensor2d(rows().map(({ a, b }) => [a, b])),
  ys: tf.tensor2d(rows().map(({ price }) => [price])),
});

const asRows = (): Elements =>
  tf.data.array(rows().map(({ a, b, price }) => ({ xs: [a, b], ys: price })));
const asColumns = (): Elements =>
  tf.data.array(rows().map(({ a, b, price }) => ({ xs: { a, b }, ys: { price } })));

/** A file of numbers behind a URL, with the target as its label. */
function csv(): Elements {
  const lines = ['a,b,price', ...rows().map(({ a, b, price }) => `${a},${b},${price}`)];
  const url = `data:text/csv;base64,${Buffer.from(lines.join('\n')).toString('base64')}`;
  return tf.data.csv(url, { columnConfigs: { price: { isLabel: true } } }) as Elements;
}

/** An element of a device whose file has its columns the other way round. */
function reversed(element: tf.TensorContainer): tf.TensorContainer {
  const { xs, ys } = element as { xs: tf.TensorContainerObject; ys: tf.TensorContainer };
  return { xs: Object.fromEntries(Object.entries(xs).reverse()), ys };
}

const FORMS: readonly (readonly [string, () => Elements])[] = [
  ['rows', asRows],
  [
    'typed arrays',
    () =>
      asRows().map(
        (e) => ({ ...(e as object), xs: Float32Array.from((e as { xs: number[] }).xs) }) as never,
      ),
  ],
  [
    'tensors',
    () =>
      asRows().map((e) => ({
        xs: tf.tensor1d((e as { xs: number[] }).xs),
        ys: tf.scalar((e as { ys: number }).ys),
      })),
  ],
  [
    'lists of tensors',
    () =>
      asRows().map((e) => ({
        xs: [tf.tensor1d((e as { xs: number[] }).xs)],
        ys: [tf.scalar((e as { ys: number }).ys)],
      })),
  ],
  ['columns', asColumns],
  ['csv', csv],
  ['columns in another order', () => asColumns().map(reversed)],
  ['batches of rows', () => asRows().batch(4) as Elements],
  ['batches of one', () => asRows().batch(1) as Elements],
  ['one batch of all', () => asRows().batch(100) as Elements],
  ['batches of columns', () => asColumns().batch(3) as Elements],
  ['batches of csv', () => csv().batch(5) as Elements],
  [
    'columns with more than is used',
    () => asColumns().map((e) => ({ ...(e as object), id: tf.scalar(1) })),
  ],
];

describe.each(FORMS)('%s', (_, make) => {
  it('train and evaluate as the same numbers in tensors do, and leave no tensor', async () => {
    const model = linear();
    const weights = weightsOf(model);
    const expected = await evaluate(model, tensors(), { weights, loss: 'meanSquaredError' });
    const before = tf.memory().numTensors;
    const scored = await evaluate(model, make(), { weights, loss: 'meanSquaredError' });
    expect(scored.exampleCount).toBe(COUNT);
    expect(scored.metrics['loss']).toBeCloseTo(expected.metrics['loss'] ?? 0, 5);
    const sizes: number[] = [];
    const outcome = await trainerFor(model, make())(weights, plan, {
      onProgress: ({ done, total }) => sizes.push(done, total),
    });
    expect(outcome.exampleCount).toBe(COUNT);
    expect(sizes.slice(-2)).toEqual([6, 6]);
    expect(tf.memory().numTensors).toBe(before);
    const unbatched = await trainerFor(model, asRows())(weights, plan);
    for (const [name, { data }] of Object.entries(outcome.delta))
      for (const [i, value] of data.entries())
        expect(value).toBeCloseTo(unbatched.delta[name]?.data[i] ?? 0, 5);
  });
});

describe('several inputs and outputs', () => {
  function twoByTwo(): tf.LayersModel {
    const left = tf.input({ shape: [2], name: 'left' });
    const right = tf.input({ shape: [1], name: 'right' });
    const joined = tf.layers.concatenate().apply([left, right]);
    const outputs = ['up', 'down'].map(
      (name) =>
        tf.layers
          .dense({ name, units: 1, kernelInitializer: seeded(3) })
          .apply(joined) as tf.SymbolicTensor,
    );
    return tf.model({ inputs: [left, right], outputs });
  }
  const elements = (): Elements =>
    tf.data.array(
      rows().map(({ a, b, price }) => ({
        xs: { right: [price], left: [a, b] },
        ys: { down: [b], up: [a] },
      })),
    );
  const training = { ...TRAINING, loss: 'meanSquaredError' };

  it.each([
    ['by name', elements],
    ['by name, in batches', () => elements().batch(4) as Elements],
    [
      'in order',
      () =>
        elements().map((element) => {
          const { xs, ys } = element as {
            xs: Record<string, number[]>;
            ys: Record<string, number[]>;
          };
          return {
            xs: [xs['left'], xs['right']],
            ys: [ys['up'], ys['down']],
          } as tf.TensorContainer;
        }),
    ],
  ] as const)('%s', async (_, make) => {
    const model = twoByTwo();
    const { exampleCount, delta } = await trainerFor(model, make())(weightsOf(model), { training });
    expect(exampleCount).toBe(COUNT);
    expect(Object.keys(delta)).toHaveLength(4);
  });

  it('under other names are refused by the names', async () => {
    const model = twoByTwo();
    const other = tf.data.array([{ xs: { lft: [1, 2], right: [3] }, ys: { up: [1], down: [2] } }]);
    await expect(trainerFor(model, other)(weightsOf(model), { training })).rejects.toMatchObject({
      code: 'training-data-invalid',
      message:
        'Dataset element has ["lft","right"] in xs, expected ["left","right"], the names in the model; rename them',
    });
  });
});

describe('what is refused, with code and kind, before training', () => {
  const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'columns without a label',
      () => tf.data.array(rows() as never),
      /^Dataset element has no xs but \["a","b","price"\], expected \{ xs, ys \}; .*isLabel/,
    ],
    [
      'pairs',
      () => tf.data.array([[[1, 2], [3]]]),
      /^Dataset element is a list of 2, expected \{ xs, ys \}/,
    ],
    [
      'tensors alone',
      () =>
        tf.data.generator(function* () {
          yield tf.zeros([2]);
        }),
      /^Dataset element is a float32 tensor of shape \[2\], expected/,
    ],
    [
      'numbers',
      () => tf.data.array([471.25]),
      /^Dataset element is a number, expected \{ xs, ys \}/,
    ],
    [
      'texts in a column',
      () => tf.data.array([{ xs: { a: 'x471', b: 2 }, ys: 1 }]),
      /^Dataset element has a text in column "a" of xs, expected numbers; map it/,
    ],
    ['a text', () => tf.data.array([{ xs: 'x471', ys: 1 }]), /has a text in xs, expected numbers/],
    [
      'rows of several lengths',
      () => tf.data.array([{ xs: [[1], [1, 2]], ys: 1 }] as never),
      /has a list in xs whose rows differ in length/,
    ],
    [
      'rows of several lengths, deeper',
      () => tf.data.array([{ xs: [[[1], [1, 2]]], ys: 1 }] as never),
      /has a list in xs whose rows differ/,
    ],
    [
      'columns of several shapes',
      () => tf.data.array([{ xs: { a: [1, 2], b: 2 }, ys: 1 }]),
      /has the columns \["a","b"\] in xs, which do not make one tensor/,
    ],
    [
      'more rows than targets',
      () =>
        tf.data.generator(function* () {
          yield { xs: tf.zeros([4, 2]), ys: tf.zeros([3, 1]) };
        }),
      /is a batch of 4 examples with a float32 tensor of shape \[3, 1\]/,
    ],
    [
      'another number of features',
      () => tf.data.array([{ xs: [1, 2, 3], ys: 1 }]),
      /^Training data doesn't fit the model: /,
    ],
    [
      'examples of several shapes',
      () =>
        tf.data.array([
          { xs: [1, 2], ys: 1 },
          { xs: [1, 2, 3], ys: 1 },
        ]),
      /^Dataset has xs of the shapes \[2\] and \[3\], expected one; resize or pad/,
    ],
    [
      'a dataset that fails',
      () =>
        tf.data.generator(function* () {
          yield* [];
          throw new RangeError('at 471.25');
        }),
      /^Dataset failed while it was read \(RangeError\); see the cause/,
    ],
  ];

  it.each(cases)('%s', async (_, make, message) => {
    const model = linear();
    const weights = weightsOf(model);
    const before = tf.memory().numTensors;
    const steps: number[] = [];
    const error = await trainerFor(model, make() as Elements)(weights, plan, {
      onProgress: ({ done }) => steps.push(done),
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'training-data-invalid',
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify([error, String(error), String((error as Error).cause)])).not.toContain(
      '471',
    );
    expect(steps).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
