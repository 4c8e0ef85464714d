/** Smooth functions at the places where the pieces of their formulas meet. */
import * as tf from '@tensorflow/tfjs';
import { type PointerTensor, TensorHook, VirtualWorker } from '@tributary/client';
import { beforeAll, describe, expect, it } from 'vitest';

const hook = new TensorHook(tf);
const bob = new VirtualWorker(hook, { id: 'bob' });
const h = hook.tf;

beforeAll(() => tf.setBackend('cpu'));

type Body = (x: PointerTensor) => PointerTensor;
type Row = readonly [name: string, xs: number[], body: Body, slopes: number[]];

const sent = (...values: number[]) => tf.tensor1d(values).send(bob) as never;
const as = (pointer: unknown) => pointer as PointerTensor;
const SUM = tf.Reduction.SUM;

const ROWS: readonly Row[] = [
  [
    'sigmoidCrossEntropy at logits 0, with labels 1, 0 and ½',
    [0, 0, 0, 2],
    (x) => as(h.losses.sigmoidCrossEntropy(sent(1, 0, 0.5, 1), x as never, undefined, 0, SUM)),
    [-0.5, 0.5, 0, 1 / (1 + Math.exp(-2)) - 1],
  ],
  [
    'sigmoidCrossEntropy with smooth labels and weights',
    [0, 0],
    (x) => as(h.losses.sigmoidCrossEntropy(sent(1, 0), x as never, sent(1, 3), 0.2, SUM)),
    [-0.4, 1.2],
  ],
  [
    'sigmoidCrossEntropy with respect to labels',
    [0, 1],
    (x) => as(h.losses.sigmoidCrossEntropy(x as never, sent(2, -3), undefined, 0, SUM)),
    [-2, 3],
  ],
  [
    'huberLoss where it is 0, and where a line begins',
    [0, 1, -1],
    (x) => as(h.losses.huberLoss(sent(0, 0, 0), x as never, undefined, 1, SUM)),
    [0, 1, -1],
  ],
  [
    'meanSquaredError where it is 0',
    [0, 2],
    (x) => as(h.losses.meanSquaredError(sent(0, 2), x as never, undefined, SUM)),
    [0, 0],
  ],
  ['softmaxCrossEntropy of equal logits', [0, 0], crossEntropyOf, [-0.5, 0.5]],
  [
    'logSumExp of equal numbers',
    [0, 0, 0, 0],
    (x) => as(h.logSumExp(x as never)),
    Array(4).fill(0.25),
  ],
  ['softmax of equal numbers', [0, 0], (x) => x.softmax().mul(sent(1, 0)).sum(), [0.25, -0.25]],
  ['logSoftmax of equal numbers', [0, 0], (x) => x.logSoftmax().mul(sent(1, 0)).sum(), [0.5, -0.5]],
  ['softplus', [0], (x) => x.softplus().sum(), [0.5]],
  ['logSigmoid', [0], (x) => x.logSigmoid().sum(), [0.5]],
  ['softsign', [0], (x) => x.div(x.abs().add(1)).sum(), [1]],
  ['elu', [0], (x) => x.elu().sum(), [1]],
  ['prelu of slope 1', [0], (x) => x.prelu(sent(1)).sum(), [1]],
  ['leakyRelu of slope 1', [0], (x) => x.leakyRelu(1).sum(), [1]],
  ['the larger of a number and itself', [0, 3], (x) => x.maximum(x).sum(), [1, 1]],
  ['the smaller of a number and itself', [0, 3], (x) => x.minimum(x).sum(), [1, 1]],
  ['the maximum of one number twice', [2], (x) => as(h.stack([x, x] as never)).max(), [1]],
  ['a square of abs', [0, -2], (x) => x.abs().square().sum(), [0, -4]],
  ['a square of relu', [0, 2], (x) => x.relu().square().sum(), [0, 4]],
  ['a square of a norm', [0, 0], (x) => x.norm().square(), [0, 0]],
  ['a product with itself', [0, 3], (x) => x.mul(x).sum(), [0, 6]],
  ['a number to the power 1', [0, -2], (x) => x.pow(1).sum(), [1, 1]],
  ['a variance of equal numbers', [1, 1], (x) => as(h.moments(x as never).variance), [0, 0]],
];

function crossEntropyOf(x: PointerTensor): PointerTensor {
  const labels = tf.tensor2d([[1, 0]]).send(bob) as never;
  return as(h.losses.softmaxCrossEntropy(labels, x.reshape([1, 2]) as never));
}

describe('the gradient where pieces meet', () => {
  it.each(ROWS)('of %s', async (_name, xs, body, slopes) => {
    const { value, grads } = hook.valueAndGrads(body as never)([tf.tensor1d(xs).send(bob)]);
    const [gradient] = (await Promise.all(grads.map((pointer) => pointer.get()))) as [tf.Tensor];
    value.dispose();
    const got = [...gradient.dataSync()];
    expect(got).toHaveLength(slopes.length);
    for (const [index, slope] of slopes.entries()) expect(got[index]).toBeCloseTo(slope, 5);
  });

  it('of a gradient of sigmoidCrossEntropy follows the curve of the sigmoid at 0', async () => {
    const loss = (x: PointerTensor) =>
      as(h.losses.sigmoidCrossEntropy(sent(1), x as never, undefined, 0, SUM));
    const slope = (x: PointerTensor) =>
      hook.valueAndGrads(loss as never)([x]).grads[0] as PointerTensor;
    const { grads } = hook.valueAndGrads(((x: PointerTensor) => slope(x).sum()) as never)([
      sent(0),
    ]);
    expect((await (grads[0] as PointerTensor).get()).dataSync()[0]).toBeCloseTo(0.25, 6);
  });
});
