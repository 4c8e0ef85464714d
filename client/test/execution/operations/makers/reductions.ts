import type { Maker, Makers } from './random-inputs.ts';

const named = (names: string, maker: Maker): Makers =>
  Object.fromEntries(names.split(' ').map((name) => [name, maker]));

export const REDUCTION_MAKERS: Makers = {
  // Integers have no extreme of no elements.
  ...named('max min', (r) => {
    const shape = r.shape();
    const x = shape.includes(0) ? r.floats(shape) : r.tensor(shape);
    return [x, r.axes(shape.length), r.maybe(r.bool())];
  }),
  ...named('euclideanNorm mean moments prod sum', (r) => {
    const shape = r.shape();
    return [
      r.fraction() < 0.6 ? r.floats(shape) : r.tensor(shape),
      r.axes(shape.length),
      r.maybe(r.bool()),
    ];
  }),
  ...named('all any', (r) => {
    const shape = r.shape();
    return [r.bools(shape), r.axes(shape.length), r.maybe(r.bool())];
  }),
  ...named('argMax argMin', (r) => {
    const shape = r.shape(1);
    return [r.tensor(shape), r.axis(shape.length)];
  }),
  ...named('cumprod cumsum', (r) => {
    const shape = r.shape(1);
    // tfjs makes nonsense for negative ones.
    const axis = r.int(0, shape.length - 1);
    return [r.tensor(shape), axis, r.maybe(r.bool()), r.maybe(r.bool())];
  }),
  // tfjs subtracts truth values from each other, and takes 255 for −1.
  logSumExp: (r) => {
    const shape = r.shape();
    const x = r.fraction() < 0.8 ? r.floats(shape) : r.ints(shape);
    return [x, r.axes(shape.length), r.maybe(r.bool())];
  },
  ...named('softmax logSoftmax', (r) => [r.floats(r.shape(1))]),
  norm: (r) => {
    const shape = r.filledShape(1, 3);
    const order = r.pick([1, 2, 'euclidean', Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    return [r.floats(shape), order, r.axis(shape.length), r.maybe(r.bool())];
  },
};
