import * as tf from '@tensorflow/tfjs';
import type { Maker, Makers, RandomInputs } from './random-inputs.ts';

const images = (r: RandomInputs, channels = r.int(1, 3)) =>
  r.between(0, 255, [r.int(1, 2), r.int(2, 5), r.int(2, 5), channels]);

const suppressing =
  (last?: (r: RandomInputs) => unknown): Maker =>
  (r) => {
    const count = r.int(1, 6);
    const corners = Array.from({ length: count }, () => {
      const [top, left] = [r.fraction(), r.fraction()];
      return [top, left, top + r.fraction(), left + r.fraction()];
    });
    const boxes = tf.tensor2d(corners, [count, 4]);
    return [
      boxes,
      r.between(0, 1, [count]),
      r.int(1, 7),
      r.maybe(0.4),
      r.maybe(0.2),
      ...(last ? [last(r)] : []),
    ];
  };

const padded = (r: RandomInputs) => r.maybe(r.bool());
const soft = (r: RandomInputs) => r.pick([undefined, 0, 0.5]);

const resizing: Maker = (r) => {
  const batch = images(r);
  const [alignCorners, halfPixelCenters] = r.pick([
    [false, false],
    [true, false],
    [false, true],
    [undefined, undefined],
  ]);
  return [
    r.bool() ? batch : batch.toInt(),
    [r.int(1, 7), r.int(1, 7)],
    alignCorners,
    halfPixelCenters,
  ];
};

export const IMAGE_MAKERS: Makers = {
  'image.cropAndResize': (r) => {
    const batch = images(r);
    const boxes = r.int(0, 3);
    return [
      batch,
      r.between(0, 1, [boxes, 4]),
      r.ints([boxes], 0, (batch.shape[0] ?? 1) - 1),
      [2, 3],
      r.pick(['bilinear', 'nearest', undefined]),
      r.maybe(7),
    ];
  },
  'image.flipLeftRight': (r) => [images(r)],
  'image.grayscaleToRGB': (r) => [images(r, 1)],
  'image.nonMaxSuppression': suppressing(),
  'image.nonMaxSuppressionAsync': suppressing(),
  'image.nonMaxSuppressionPadded': suppressing(padded),
  'image.nonMaxSuppressionPaddedAsync': suppressing(padded),
  'image.nonMaxSuppressionWithScore': suppressing(soft),
  'image.nonMaxSuppressionWithScoreAsync': suppressing(soft),
  'image.resizeBilinear': resizing,
  'image.resizeNearestNeighbor': resizing,
  'image.rgbToGrayscale': (r) => [r.bool() ? images(r, 3) : images(r, 3).toInt()],
  'image.rotateWithOffset': (r) => [images(r), r.fraction() * 6, r.maybe(9), r.maybe(0.3)],
  'image.threshold': (r) => [
    r.between(0, 255, [4, 5, r.pick([1, 3])]),
    r.pick(['binary', 'otsu', undefined]),
    r.maybe(r.bool()),
    r.maybe(0.4),
  ],
  'image.transform': (r) => {
    const batch = images(r);
    return [
      batch,
      r.between(-0.4, 1, [batch.shape[0] ?? 1, 8]),
      r.pick(['nearest', 'bilinear', undefined]),
      r.pick(['constant', 'reflect', 'wrap', 'nearest', undefined]),
      r.maybe(3),
      r.maybe([r.int(1, 5), r.int(1, 5)]),
    ];
  },
};
