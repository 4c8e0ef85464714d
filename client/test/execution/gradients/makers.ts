/** Arguments at which operations are smooth, wider than those that only their values are compared for. */
import * as tf from '@tensorflow/tfjs';
import { MAKERS } from '../operations/makers/index.ts';
import { PRODUCT_AND_SHAPE_MAKERS } from './shape-makers.ts';
import type { SmoothInputs } from './smooth-inputs.ts';
import { WINDOW_MAKERS } from './window-makers.ts';

export type SmoothMaker = (random: SmoothInputs) => unknown[];
export type SmoothMakers = Readonly<Record<string, SmoothMaker>>;

const named = (names: string, maker: SmoothMaker): SmoothMakers =>
  Object.fromEntries(names.split(' ').map((name) => [name, maker]));

const within =
  (min: number, max: number): SmoothMaker =>
  (r) => [r.between(min, max, r.shape())];

/** Two shapes that are broadcast to each other, either of them the smaller. */
function broadcastShapes(r: SmoothInputs): [number[], number[]] {
  const shape = r.shape(0, 4);
  const shapes: [number[], number[]] = [shape, r.fitting(shape)];
  return r.bool() ? shapes : [shapes[1], shapes[0]];
}

const binary: SmoothMaker = (r) => {
  const [a, b] = broadcastShapes(r);
  return r.fraction() < 0.8 ? [r.floats(a), r.floats(b)] : [r.floats(a), r.pick([-2, 3])];
};

const divided: SmoothMaker = (r) => {
  const [a, b] = broadcastShapes(r);
  return [r.nonZero(a), r.nonZero(b, 0.7, 2.5)];
};

/** Quotients that keep away from integers, where remainders jump. */
const remainders: SmoothMaker = (r) => {
  const shape = r.shape();
  const b = r.nonZero(shape, 1, 2.5);
  const parts = r.between(0.2, 0.8, shape);
  return [tf.mul(b, tf.add(r.ints(shape, -3, 3), parts)), b];
};

const extremes: SmoothMaker = (r) => {
  const shape = r.shape();
  return [r.floats(shape), r.axes(shape.length), r.maybe(r.bool())];
};

const cumulated: SmoothMaker = (r) => {
  const shape = r.shape(1);
  return [r.floats(shape), r.axis(shape.length), r.maybe(r.bool()), r.maybe(r.bool())];
};

const loss =
  (
    values: (r: SmoothInputs, shape: number[]) => unknown,
    ...rest: readonly unknown[]
  ): SmoothMaker =>
  (r) => {
    const shape = r.filledShape(2, 2);
    const [rows = 1] = shape;
    const weights = r.pick([undefined, shape, [rows, 1]]);
    return [
      values(r, shape),
      values(r, shape),
      weights === undefined ? undefined : r.between(0.3, 2, weights),
      ...rest.map((value) => r.maybe(value)),
      r.pick([0, 1, 2, 3, undefined]),
    ];
  };

const ELEMENTWISE_MAKERS: SmoothMakers = {
  ...named('acos asin atanh', within(-0.9, 0.9)),
  acosh: within(1.3, 4),
  ...named('log log1p rsqrt sqrt', within(0.4, 4)),
  reciprocal: (r) => [r.nonZero(r.shape())],
  tan: within(-1.1, 1.1),
  ...named('add maximum minimum mul squaredDifference sub', binary),
  ...named('atan2 div divNoNan', divided),
  mod: remainders,
  pow: (r) => {
    const [a, b] = broadcastShapes(r);
    const isWhole = r.fraction() < 0.3;
    return isWhole ? [r.nonZero(a), r.ints(b, 0, 3)] : [r.between(0.4, 2, a), r.floats(b)];
  },
  cast: (r) => [r.floats(), 'float32'],
  clipByValue: (r) => [r.floats(), r.pick([-1, 0, 1]), r.pick([1, 2])],
  prelu: (r) => {
    const shape = r.shape();
    return [r.floats(shape), r.floats(r.fitting(shape))];
  },
  where: (r) => {
    const shape = r.filledShape(1, 4);
    return [r.bools(r.fitting(shape)), r.floats(shape), r.floats(r.fitting(shape))];
  },
};

const REDUCTION_MAKERS: SmoothMakers = {
  ...named('euclideanNorm logSumExp max mean min moments sum', extremes),
  prod: (r) => {
    const shape = r.shape();
    return [r.nonZero(shape, 0.5, 1.5), r.axes(shape.length), r.maybe(r.bool())];
  },
  ...named('cumprod cumsum', cumulated),
};

const LOSS_MAKERS: SmoothMakers = {
  ...named(
    'losses.absoluteDifference losses.meanSquaredError',
    loss((r, s) => r.floats(s)),
  ),
  'losses.hingeLoss': loss((r, s) => r.between(0.1, 0.9, s)),
  'losses.huberLoss': loss((r, s) => r.floats(s), 0.7),
  'losses.logLoss': loss((r, s) => r.between(0.1, 0.9, s), 1e-5),
  'losses.sigmoidCrossEntropy': loss((r, s) => r.between(0.1, 0.9, s), 0.1),
  'losses.softmaxCrossEntropy': (r) => {
    const shape = r.filledShape(2, 2);
    const weights = r.bool() ? r.between(0.3, 2, [shape[0] ?? 1]) : undefined;
    const labels = r.between(0.1, 0.9, shape);
    return [labels, r.floats(shape), weights, r.maybe(0.1), r.pick([0, 1, 2, 3, undefined])];
  },
};

/** How to make arguments of every operation. */
export const SMOOTH_MAKERS: SmoothMakers = {
  ...(MAKERS as SmoothMakers),
  ...ELEMENTWISE_MAKERS,
  ...REDUCTION_MAKERS,
  ...LOSS_MAKERS,
  ...PRODUCT_AND_SHAPE_MAKERS,
  ...WINDOW_MAKERS,
};
