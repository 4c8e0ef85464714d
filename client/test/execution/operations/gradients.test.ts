import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { withSafeBackend } from '../../../src/execution/operations/safe-backend.ts';
import { RandomInputs } from './makers/random-inputs.ts';
import { numbersOf } from './requests.ts';

beforeAll(() => tf.setBackend('cpu'));

type Image = tf.Tensor4D;

const IMAGE: Image = tf.ones([1, 5, 5, 1]);
const PAIR: Image = tf.ones([1, 4, 4, 2]);
const VOLUME: tf.Tensor5D = tf.ones([1, 3, 3, 3, 1]);

/** Functions of one tensor, with its shape, whose gradients go through kernels that nothing else calls. */
const FUNCTIONS: readonly (readonly [string, number[], (x: tf.Tensor) => tf.Tensor])[] = [
  ['avgPool', [1, 4, 4, 2], (x) => tf.avgPool(x as Image, 2, 2, 'valid')],
  ['avgPool3d', [1, 4, 4, 4, 1], (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'valid')],
  ['maxPool', [1, 4, 4, 2], (x) => tf.maxPool(x as Image, 2, 2, 'same')],
  ['maxPool3d', [1, 4, 4, 4, 1], (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid')],
  [
    'conv2d by its images',
    [1, 5, 5, 2],
    (x) => tf.conv2d(x as Image, tf.ones([2, 2, 2, 3]), 1, 'same'),
  ],
  ['conv2d by its filter', [2, 2, 1, 3], (x) => tf.conv2d(IMAGE, x as Image, 2, 'valid')],
  [
    'conv2dTranspose',
    [1, 3, 3, 2],
    (x) => tf.conv2dTranspose(x as Image, tf.ones([2, 2, 1, 2]), [1, 6, 6, 1], 2, 'same'),
  ],
  [
    'conv3d by its volumes',
    [1, 3, 3, 3, 1],
    (x) => tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 2]), 1, 'same'),
  ],
  ['conv3d by its filter', [2, 2, 2, 1, 2], (x) => tf.conv3d(VOLUME, x as tf.Tensor5D, 1, 'same')],
  [
    'depthwiseConv2d by its images',
    [1, 4, 4, 2],
    (x) => tf.depthwiseConv2d(x as Image, tf.ones([2, 2, 2, 1]), 1, 'same'),
  ],
  [
    'depthwiseConv2d by its filter',
    [2, 2, 2, 1],
    (x) => tf.depthwiseConv2d(PAIR, x as Image, 1, 'same'),
  ],
  [
    'dilation2d by its images',
    [1, 4, 4, 1],
    (x) => tf.dilation2d(x as Image, tf.ones([2, 2, 1]), 1, 'same'),
  ],
  ['dilation2d by its filter', [2, 2, 1], (x) => tf.dilation2d(IMAGE, x as tf.Tensor3D, 1, 'same')],
  ['localResponseNormalization', [1, 2, 2, 5], (x) => tf.localResponseNormalization(x as Image, 2)],
  ['elu', [5], (x) => tf.elu(x)],
  [
    'batchNorm',
    [3, 2],
    (x) => tf.batchNorm(x, tf.zeros([2]), tf.ones([2]), tf.zeros([2]), tf.ones([2])),
  ],
  ['softmax', [2, 3], (x) => tf.softmax(x)],
  ['gather', [4, 2], (x) => tf.gather(x, tf.tensor1d([0, 2, 2], 'int32'))],
  ['norm', [2, 3], (x) => tf.norm(x.abs().add(1))],
  ['cumsum', [2, 3], (x) => tf.cumsum(x, 1)],
  ['matMul', [2, 3], (x) => tf.matMul(x, x, false, true)],
  ['split', [4], (x) => tf.split(x, 2)[1] as tf.Tensor],
  ['prelu', [3], (x) => tf.prelu(x, tf.scalar(0.2))],
  [
    'fused.conv2d',
    [1, 4, 4, 1],
    (x) =>
      tf.fused.conv2d({
        x: x as Image,
        filter: tf.ones([2, 2, 1, 1]),
        strides: 1,
        pad: 'same',
        activation: 'relu',
      }),
  ],
  [
    'a weighted loss',
    [2, 3],
    (x) => tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([0, 2], 'int32'), 3), x),
  ],
];

describe('gradients on the safe backend', () => {
  it.each(FUNCTIONS)('of %s are those of tfjs', (_name, shape, f) => {
    const x = new RandomInputs(7).between(-2, 2, shape);
    const gradient = () => tf.grad((y) => f(y).mul(2).sum())(x);
    const [plain, safe] = [gradient(), withSafeBackend(tf, gradient)];
    expect(safe.shape).toEqual(plain.shape);
    expect(numbersOf(safe)).toEqual(numbersOf(plain));
  });
});
