import type { Maker, Makers } from './random-inputs.ts';

const named = (names: string, maker: Maker): Makers =>
  Object.fromEntries(names.split(' ').map((name) => [name, maker]));

const binary: Maker = (r) => {
  const shape = r.shape();
  const [a, b] = [r.tensor(shape), r.bool() ? r.tensor(r.fitting(shape)) : r.int(-3, 3)];
  return r.bool() ? [a, b] : [b, a];
};

const logical: Maker = (r) => {
  const shape = r.shape();
  return [r.bools(shape), r.bools(r.fitting(shape))];
};

export const ELEMENTWISE_MAKERS: Makers = {
  ...named(
    'abs ceil clone exp floor isFinite isInf isNaN neg onesLike relu relu6 round sign square zerosLike',
    (r) => [r.fraction() < 0.7 ? r.floats() : r.tensor()],
  ),
  ...named(
    'acos acosh asin asinh atan atanh cos cosh elu erf expm1 log log1p logSigmoid reciprocal rsqrt selu sigmoid sin sinh softplus sqrt tan tanh',
    (r) => [r.floats()],
  ),
  ...named(
    'add equal floorDiv greater greaterEqual less lessEqual maximum minimum mod mul notEqual squaredDifference sub',
    binary,
  ),
  ...named('atan2 div divNoNan', (r) => {
    const shape = r.shape();
    const [a, b] = [r.floats(shape), r.tensor(r.fitting(shape))];
    return r.bool() ? [a, b] : [b, a];
  }),
  pow: (r) => {
    const shape = r.shape();
    const exponents = r.fitting(shape);
    return r.bool()
      ? [r.tensor(shape), r.ints(exponents, 0, 3)]
      : [r.floats(shape), r.tensor(exponents)];
  },
  ...named('logicalAnd logicalOr logicalXor', logical),
  addN: (r) => {
    const shape = r.shape();
    return [Array.from({ length: r.int(1, 4) }, () => r.floats(shape))];
  },
  bitwiseAnd: (r) => {
    const shape = r.shape();
    return [r.ints(shape), r.ints(shape)];
  },
  cast: (r) => [r.tensor(), r.pick(['float32', 'int32', 'bool'])],
  clipByValue: (r) => [r.tensor(), r.pick([-1, 0, Number.NEGATIVE_INFINITY]), r.pick([1, 3])],
  complex: (r) => {
    const shape = r.shape();
    return [r.floats(shape), r.floats(shape)];
  },
  ensureShape: (r) => {
    const shape = r.shape();
    return [r.tensor(shape), shape];
  },
  imag: (r) => [r.complex(r.filledShape())],
  leakyRelu: (r) => [r.floats(), r.maybe(0.3)],
  logicalNot: (r) => [r.bools()],
  movingAverage: (r) => {
    const shape = r.filledShape();
    const start = [r.floats(shape), r.floats(shape), 0.9];
    return r.bool() ? [...start, 3, true] : [...start, undefined, false];
  },
  prelu: (r) => {
    const shape = r.shape();
    return [r.floats(shape), r.floats(r.fitting(shape))];
  },
  real: (r) => [r.complex(r.filledShape())],
  step: (r) => (r.bool() ? [r.floats(), r.maybe(0.5)] : [r.tensor()]),
  where: (r) => {
    const shape = r.filledShape();
    return [r.bools(shape), r.tensor(shape), r.tensor(r.fitting(shape))];
  },
};
