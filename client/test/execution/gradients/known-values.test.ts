import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, describe, expect, it } from 'vitest';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });

beforeAll(() => tf.setBackend('cpu'));

type Body = (x: PointerTensor) => PointerTensor;
type Row = readonly [name: string, x: () => tf.Tensor, body: Body, expected: unknown];

async function gradientOf(x: tf.Tensor, body: Body): Promise<unknown> {
  const { grads } = hook.valueAndGrads(body)([x.send(bob)]);
  const [gradient] = await Promise.all(grads.map((pointer) => pointer.get()));
  return (gradient as tf.Tensor).array();
}

const ones =
  (...shape: number[]) =>
  () =>
    tf.ones(shape);
const list =
  (...values: number[]) =>
  () =>
    tf.tensor1d(values);

/** Values that were wrong before, and what happens where functions bend. */
const KNOWN: readonly Row[] = [
  [
    'an average pool with padding',
    ones(1, 2, 2, 1),
    (x) => hook.tf.avgPool(x as never, 2, 1, 'same').sum() as never,
    [
      [
        [[0.25], [0.75]],
        [[0.75], [2.25]],
      ],
    ],
  ],
  [
    'a cumulated sum along the first axis',
    ones(2, 2),
    (x) =>
      x
        .cumsum(0)
        .mul(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
        )
        .sum(),
    [
      [4, 6],
      [3, 4],
    ],
  ],
  ['the mirrored padding', list(1, 2, 3), (x) => x.mirrorPad([[1, 2]], 'reflect').sum(), [2, 3, 1]],
  ['equal maxima, which share it', list(2, 1, 2), (x) => x.max(), [0.5, 0, 0.5]],
  ['equal minima, which share it', list(1, 1, 2), (x) => x.min(), [0.5, 0.5, 0]],
  ['abs at 0', list(0, -1, 2), (x) => x.abs().sum(), [0, -1, 1]],
  ['clipping to one value', list(-1, 2, 5), (x) => x.clipByValue(2, 2).sum(), [0, 1, 0]],
  ['clipping, at its bounds', list(-1, 0, 3, 4), (x) => x.clipByValue(0, 3).sum(), [0, 1, 1, 0]],
  ['a norm at 0', list(0, 0), (x) => x.norm(), [0, 0]],
  ['a product with zeros', list(0, 2, 3), (x) => x.prod(), [6, 0, 0]],
  ['a cumulated product with zeros', list(2, 0, 3), (x) => x.cumprod().sum(), [1, 8, 0]],
  ['a power of 0', list(0, 2), (x) => x.pow(2).sum(), [0, 4]],
  ['the power 0', list(0, 2), (x) => x.pow(0).sum(), [0, 0]],
  [
    'a division by 0 that makes 0',
    list(1, 0),
    (x) => x.divNoNan(tf.tensor1d([0, 4])).sum(),
    [0, 0.25],
  ],
  ['a mask, which is a constant', list(-1, 2), (x) => x.mul(x.greater(0)).sum(), [0, 1]],
  [
    'the places of a maximum, which are constants',
    list(1, 3),
    (x) => x.gather(x.argMax()).sum(),
    [0, 1],
  ],
  ['roundings', list(0.4, 1.6), (x) => x.floor().add(x.round()).add(x).sum(), [1, 1]],
  [
    'the labels of a cross entropy',
    () => tf.tensor2d([[0.5, 0.5]]),
    (x) => hook.tf.losses.softmaxCrossEntropy(x as never, tf.zeros([1, 2])) as never,
    [[Math.fround(Math.log(2)), Math.fround(Math.log(2))]],
  ],
];

describe('a gradient', () => {
  it.each(KNOWN)('of %s', async (_name, x, body, expected) => {
    expect(await gradientOf(x(), body)).toEqual(expected);
  });

  it.each([
    ['avgPool', [1, 2, 2, 1], (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'valid')],
    ['sigmoid', [3], (x: tf.Tensor) => tf.sigmoid(x)],
  ] as const)('leaves the program’s gradient of %s as it was', async (_name, shape, f) => {
    const x = tf.ones([...shape]);
    const before = tf.grad(f)(x).arraySync();
    await gradientOf(x, (y) => y.square().sum());
    expect(tf.grad(f)(x).arraySync()).toEqual(before);
  });
});

describe('a gradient of a gradient', () => {
  it.each<readonly [string, Body, (x: number) => number]>([
    ['sigmoid', (x) => x.sigmoid().sum(), (x) => sigmoidCurve(x)],
    ['exp', (x) => x.mul(x.exp()).sum(), (x) => (2 + x) * Math.exp(x)],
    ['tanh', (x) => x.tanh().sum(), (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
    ['elu', (x) => x.elu().sum(), (x) => (x > 0 ? 0 : Math.exp(x))],
  ])('of %s follows what was saved of results', async (_name, body, curve) => {
    const values = [-0.5, 0.75];
    const second = await gradientOf(tf.tensor1d(values), (x) => {
      const { grads } = hook.valueAndGrads(body as never)([x]);
      return (grads[0] as PointerTensor).sum();
    });
    for (const [index, x] of values.entries()) {
      expect((second as number[])[index]).toBeCloseTo(curve(x), 5);
    }
  });
});

function sigmoidCurve(x: number): number {
  const y = 1 / (1 + Math.exp(-x));
  return y * (1 - y) * (1 - 2 * y);
}

describe('a gradient that is none', () => {
  it.each<readonly [string, Body, RegExp]>([
    [
      'the parameter of an operation without one',
      (x) =>
        hook.tf.image.transform(x.reshape([1, 2, 2, 1]) as never, tf.ones([1, 8])).sum() as never,
      /^Operation image\.transform has no gradient with respect to its parameter image; /,
    ],
    [
      'the operation on complex numbers',
      (x) => hook.tf.complex(x, x).abs().sum() as never,
      /^Operation abs has no gradient with respect to its parameter x; /,
    ],
    [
      'the operation whose results jump',
      (x) => x.greater(0).cast('float32').sum(),
      /input 0 \(float32 \[4\]\): its output depends on it through greater only, whose result jumps/,
    ],
    [
      'operations that end every path',
      (x) => x.argMax().cast('float32').add(x.cast('int32').cast('float32').sum()),
      /through argMax, cast only, whose results jump/,
    ],
    [
      'the input that nothing was made of',
      () => hook.tf.ones([2]).sum() as never,
      /input 0 \(float32 \[4\]\): its output does not depend on it/,
    ],
  ])('names %s', async (_name, body, message) => {
    const { value } = hook.valueAndGrads(body)([tf.tensor1d([1, 2, 3, 4]).send(bob)]);
    await expect(value.get()).rejects.toMatchObject({
      code: 'gradient-undefined',
      message: expect.stringMatching(message),
    });
  });

  it('with respect to complex numbers is refused', async () => {
    const x = tf.complex([3], [4]).send(bob);
    const { value } = hook.valueAndGrads((y) => y.abs().sum())([x]);
    await expect(value.get()).rejects.toMatchObject({
      code: 'gradient-undefined',
      message: expect.stringMatching(/input 0 .* complex64 \[1\], expected float32/),
    });
  });

  it.each(['prod', 'cumprod', 'cumsum', 'max'] as const)(
    'has no elements where %s is of none',
    async (method) => {
      const gradient = await gradientOf(tf.zeros([0, 2]), (x) => x[method](1).sum());
      expect(gradient).toEqual([]);
    },
  );

  it('of a batch norm without scale or offset is one after all', async () => {
    const gradient = await gradientOf(
      tf.tensor2d([[1], [3]]),
      (x) =>
        hook.tf
          .batchNorm(x as never, tf.tensor1d([2]), tf.tensor1d([3]), undefined, undefined, 1)
          .sum() as never,
    );
    expect(gradient).toEqual([[0.5], [0.5]]);
  });
});
