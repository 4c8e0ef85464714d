import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import {
  expectAgreement,
  prepareBackends,
  uniform,
  valueAndGradients,
  valuesOn,
} from '../support/backends.ts';

beforeAll(prepareBackends);

const side = fc.integer({ min: 1, max: 8 });
const small = fc.integer({ min: 1, max: 4 });

it.each([
  ['maxPool', tf.maxPool],
  ['avgPool', tf.avgPool],
] as const)('%s and its gradient agree with cpu for any geometry', (_, pool) => {
  const geometry = fc.record({
    size: fc.tuple(side, side),
    filter: fc.tuple(small, small),
    strides: fc.tuple(small, small),
    pad: fc.constantFrom('same' as const, 'valid' as const),
    seed: fc.nat(10_000),
  });
  fc.assert(
    fc.property(geometry, ({ size, filter, strides, pad, seed }) => {
      fc.pre(pad === 'same' || (filter[0] <= size[0] && filter[1] <= size[1]));
      expectAgreement(() =>
        valueAndGradients(
          (x) => pool(x as tf.Tensor4D, filter, strides, pad),
          [uniform([2, ...size, 3], seed)],
        ),
      );
    }),
    { numRuns: 60 },
  );
});

it.each([
  ['maxPool3d', tf.maxPool3d],
  ['avgPool3d', tf.avgPool3d],
] as const)('%s and its gradient agree with cpu', (_, pool) => {
  for (const size of [1, 2, 3])
    for (const stride of [1, 2, 3])
      for (const pad of ['same', 'valid'] as const)
        expectAgreement(() =>
          valueAndGradients(
            (x) => pool(x as tf.Tensor5D, size, stride, pad),
            [uniform([2, 4, 5, 4, 2], size * 10 + stride)],
          ),
        );
});

it('windows of negative numbers keep their maximum and its gradient', () => {
  const x = (): tf.Tensor4D => tf.tensor4d([-4, -1, -3, -2], [1, 2, 2, 1]);
  const { y, gradient_0 } = valuesOn('wasm', () =>
    valueAndGradients((input) => tf.maxPool(input as tf.Tensor4D, 2, 2, 'valid'), [x()]),
  );
  expect(y?.data).toEqual([-1]);
  expect(gradient_0?.data.map((g) => g !== 0)).toEqual([false, true, false, false]);
});

it('of equal maxima the first gets the whole gradient', () => {
  const { gradient } = valuesOn('wasm', () => ({
    gradient: tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')))(
      tf.zeros([1, 2, 2, 1]),
    ),
  }));
  expect(gradient?.data).toEqual([1, 0, 0, 0]);
});
