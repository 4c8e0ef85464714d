import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement, prepareBackends, valuesOn } from '../support/backends.ts';

beforeAll(prepareBackends);

/** NaN as processors make it from ∞ − ∞, which has its sign bit set, and as JavaScript writes it. */
const BOTH_NAN = new Float32Array(new Uint32Array([0xffc00000, 0x7fc00000]).buffer);

function withNaN(): tf.Tensor1D {
  return tf.tensor1d(Float32Array.of(...BOTH_NAN, 1, -1, 7, Infinity, -Infinity, 0));
}

describe('NaN gets through on wasm as on cpu', () => {
  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['relu', tf.relu],
    ['relu6', tf.relu6],
    ['clipByValue', (x) => tf.clipByValue(x, 1e-7, 1)],
    ['maximum on the left', (x) => tf.maximum(x, 0)],
    ['maximum on the right', (x) => tf.maximum(0, x)],
    ['minimum on the left', (x) => tf.minimum(x, 0)],
    ['minimum on the right', (x) => tf.minimum(0, x)],
    ['elu', tf.elu],
    ['selu', tf.selu],
    ['leakyRelu', (x) => tf.leakyRelu(x)],
    ['sigmoid', tf.sigmoid],
    ['softplus', tf.softplus],
    ['tanh', tf.tanh],
  ])('%s', (_, f) => {
    expectAgreement(() => ({ y: f(withNaN()) }));
    const { y } = valuesOn('wasm', () => ({ y: f(withNaN()) }));
    expect(y?.data.slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
  });

  it.each(['relu', 'relu6', 'leakyrelu', 'elu', 'sigmoid', 'linear'] as const)(
    'fused matMul and conv2d with %s',
    (activation) => {
      const { product, image } = valuesOn('wasm', () => ({
        product: tf.fused.matMul({
          a: tf.tensor2d(Float32Array.of(...BOTH_NAN), [2, 1]),
          b: tf.tensor2d([[2]]),
          activation,
        }),
        image: tf.fused.conv2d({
          x: tf.tensor4d(Float32Array.of(...BOTH_NAN), [1, 2, 1, 1]),
          filter: tf.tensor4d([2], [1, 1, 1, 1]),
          strides: 1,
          pad: 'same',
          activation,
        }),
      }));
      expect(product?.data).toEqual([Number.NaN, Number.NaN]);
      expect(image?.data).toEqual([Number.NaN, Number.NaN]);
    },
  );
});

describe('a diverged image shows on wasm', () => {
  /** One channel of four examples: healthy, NaN of both kinds, and one infinity. */
  const images = (): tf.Tensor4D =>
    tf.tensor4d(
      Float32Array.of(
        1,
        2,
        3,
        4,
        ...BOTH_NAN.subarray(0, 1),
        2,
        3,
        4,
        1,
        ...BOTH_NAN.subarray(1),
        3,
        4,
        1,
        2,
        3,
        -Infinity,
      ),
      [4, 2, 2, 1],
    );
  const filter = (): tf.Tensor4D => tf.tensor4d([1, 1, 1, 1], [2, 2, 1, 1]);

  it.each<[string, (x: tf.Tensor4D) => tf.Tensor, number[]]>([
    ['conv2d', (x) => tf.conv2d(x, filter(), 1, 'valid'), [10, NaN, NaN, -Infinity]],
    [
      'depthwiseConv2d',
      (x) => tf.depthwiseConv2d(x, filter(), 1, 'valid'),
      [10, NaN, NaN, -Infinity],
    ],
    ['avgPool', (x) => tf.avgPool(x, 2, 1, 'valid'), [2.5, NaN, NaN, -Infinity]],
    ['maxPool', (x) => tf.maxPool(x, 2, 1, 'valid'), [4, NaN, NaN, 3]],
  ])('after %s', (_, f, expected) => {
    const { y } = valuesOn('wasm', () => ({ y: f(images()) }));
    expect(y?.data).toEqual(expected);
  });

  it('after a fused convolution with bias and dilation', () => {
    const { y } = valuesOn('wasm', () => ({
      y: tf.fused.conv2d({
        x: tf.tensor4d(
          Float32Array.of(1, 9, 1, 9, 9, 9, ...BOTH_NAN.subarray(0, 1), 9, 2),
          [1, 3, 3, 1],
        ),
        filter: filter(),
        strides: 1,
        pad: 'same',
        dilations: 2,
        bias: tf.tensor1d([100]),
        activation: 'relu',
      }),
    }));
    // The middle window's taps are the corners, one of them NaN; the window above it meets none.
    expect(y?.data[4]).toBeNaN();
    expect(y?.data[1]).toBe(118);
  });
});

it('sign tells small numbers from 0', () => {
  expectAgreement(() => ({ signs: tf.sign(tf.tensor1d([1e-8, -1e-8, 0, 0.3, -4])) }), 0);
});

it('everything but 0 casts to true', () => {
  const { bits } = valuesOn('wasm', () => ({
    bits: tf.cast(tf.tensor1d([0.3, -1.7, 0, 256, Number.NaN]), 'bool'),
  }));
  expect(bits?.data).toEqual([1, 1, 0, 1, 1]);
  expectAgreement(() => ({ bits: tf.cast(tf.tensor1d([256, 0, -3], 'int32'), 'bool') }), 0);
});

it('a cast makes true of everything but 0, and 0 of NaN among integers, on every backend', () => {
  for (const backend of ['cpu', 'wasm'] as const) {
    const { truths, integers } = valuesOn(backend, () => ({
      truths: tf.cast(tf.tensor1d([Number.NaN, 0.5, 0, -0, 2]), 'bool'),
      integers: tf.cast(tf.tensor1d([Number.NaN, 1.9, -1.9]), 'int32'),
    }));
    expect([...(truths?.data ?? [])]).toEqual([1, 1, 0, 0, 1]);
    expect([...(integers?.data ?? [])]).toEqual([0, 1, -1]);
  }
});
