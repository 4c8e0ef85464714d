import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import {
  expectAgreement,
  prepareBackends,
  uniform,
  valueAndGradients,
} from '../support/backends.ts';

beforeAll(prepareBackends);

type Size2 = [number, number];

/** Any small 2-D geometry, strides beyond the filter and filters beyond the image included. */
const geometry = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 1, max: 8 }),
    width: fc.integer({ min: 1, max: 8 }),
    inChannels: fc.integer({ min: 1, max: 4 }),
    outChannels: fc.integer({ min: 1, max: 4 }),
    filter: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    strides: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    pad: fc.constantFrom('same' as const, 'valid' as const),
    seed: fc.nat(10_000),
  })
  .filter(
    ({ pad, filter, height, width }) =>
      pad === 'same' || (filter[0] <= height && filter[1] <= width),
  );

const RUNS = { numRuns: 60 };

it('conv2d and both of its gradients agree with cpu for any geometry', () => {
  fc.assert(
    fc.property(geometry, (g) => {
      expectAgreement(() =>
        valueAndGradients(
          (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, g.strides as Size2, g.pad),
          [
            uniform([g.batch, g.height, g.width, g.inChannels], g.seed),
            uniform([...g.filter, g.inChannels, g.outChannels], g.seed + 1),
          ],
        ),
      );
    }),
    RUNS,
  );
});

it('depthwiseConv2d and both of its gradients agree with cpu for any geometry', () => {
  fc.assert(
    fc.property(geometry, (g) => {
      expectAgreement(() =>
        valueAndGradients(
          (x, w) =>
            tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, g.strides as Size2, g.pad),
          [
            uniform([g.batch, g.height, g.width, g.inChannels], g.seed),
            uniform([...g.filter, g.inChannels, g.outChannels], g.seed + 1),
          ],
        ),
      );
    }),
    RUNS,
  );
});

it('conv2dTranspose and both of its gradients agree with cpu', () => {
  fc.assert(
    fc.property(geometry, (g) => {
      const xShape: [number, number, number, number] = [g.batch, g.height, g.width, g.inChannels];
      const wShape: [number, number, number, number] = [...g.filter, g.inChannels, g.outChannels];
      const { computeConv2DInfo } = tf.backend_util;
      const { outShape } = computeConv2DInfo(xShape, wShape, g.strides, 1, g.pad);
      expectAgreement(() =>
        valueAndGradients(
          (y, w) =>
            tf.conv2dTranspose(
              y as tf.Tensor4D,
              w as tf.Tensor4D,
              xShape,
              g.strides as Size2,
              g.pad,
            ),
          [uniform(outShape, g.seed), uniform(wShape, g.seed + 1)],
        ),
      );
    }),
    RUNS,
  );
});

const SIZES3 = [1, 2, 3] as const;

it.each(SIZES3.flatMap((size) => SIZES3.map((stride) => ({ size, stride }))))(
  'conv3d with filter $size and stride $stride agrees with cpu, gradients included',
  ({ size, stride }) => {
    for (const pad of ['same', 'valid'] as const)
      expectAgreement(() =>
        valueAndGradients(
          (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, pad),
          [uniform([2, 5, 4, 4, 2], 1), uniform([size, size, size, 2, 3], 2)],
        ),
      );
  },
);

it('explicit padding reaches the gradients', () => {
  const pad: [Size2, Size2, Size2, Size2] = [
    [0, 0],
    [2, 0],
    [1, 3],
    [0, 0],
  ];
  expectAgreement(() =>
    valueAndGradients(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 2, pad, 'NHWC', 1, 'floor'),
      [uniform([2, 6, 5, 2], 1), uniform([3, 2, 2, 3], 2)],
    ),
  );
});

it('columns of large batches are cut into several products', () => {
  // 64 · 24 · 24 positions · 13 channels · 9 taps is more than one column matrix may hold.
  expectAgreement(() => {
    const x = uniform([64, 24, 24, 13], 1) as tf.Tensor4D;
    const w = uniform([3, 3, 13, 1], 2) as tf.Tensor4D;
    const gradient = tf.grad((f: tf.Tensor) => tf.mean(tf.conv2d(x, f as tf.Tensor4D, 1, 'same')));
    return { gradient: gradient(w) };
  });
});

it('a dilated convolution has the gradient of what its filter covers', () => {
  const x = tf.reshape(tf.range(0, 25), [1, 5, 5, 1]) as tf.Tensor4D;
  const w = tf.zeros([3, 3, 1, 1]) as tf.Tensor4D;
  const loss = (f: tf.Tensor): tf.Scalar =>
    tf.sum(tf.conv2d(x, f as tf.Tensor4D, 1, 'valid', 'NHWC', 2));
  const gradient = tf.grad(loss)(w);
  expect([...gradient.dataSync()]).toEqual([0, 2, 4, 10, 12, 14, 20, 22, 24]);
});
