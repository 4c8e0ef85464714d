import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { prepareBackends, uniform, valuesOn } from '../support/backends.ts';

beforeAll(prepareBackends);

const IMAGES: [number, number, number, number] = [2, 4, 3, 2];

const OUTPUTS: [number, number][] = [
  [8, 9],
  [4, 3],
  [7, 5],
  [2, 2],
  [1, 1],
];

const MODES = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

const CASES = (['cpu', 'wasm'] as const).flatMap((backend) =>
  (['nearest', 'bilinear'] as const).flatMap((method) =>
    MODES.map((mode) => ({ backend, method, ...mode })),
  ),
);

it.each(CASES)(
  'the gradient of $method resizing is its adjoint on $backend (corners $alignCorners, half pixels $halfPixelCenters)',
  ({ backend, method, alignCorners, halfPixelCenters }) => {
    const { resizeBilinear, resizeNearestNeighbor } = tf.image;
    const resize = method === 'nearest' ? resizeNearestNeighbor : resizeBilinear;
    for (const outputs of OUTPUTS) {
      const { gradient, adjoint } = valuesOn(backend, () => {
        const direction = uniform([2, ...outputs, 2], 3);
        const along = (x: tf.Tensor): tf.Scalar =>
          tf.sum(
            tf.mul(resize(x as tf.Tensor4D, outputs, alignCorners, halfPixelCenters), direction),
          );
        // Resizing is linear: its adjoint is known from what it does to every unit image.
        const units = tf.unstack(tf.reshape(tf.eye(48), [48, ...IMAGES]));
        return { gradient: tf.grad(along)(tf.zeros(IMAGES)), adjoint: tf.stack(units.map(along)) };
      });
      expect(gradient?.shape).toEqual(IMAGES);
      for (const [i, value] of gradient?.data.entries() ?? [])
        expect(value).toBeCloseTo(adjoint?.data[i] ?? Number.NaN, 5);
    }
  },
);
