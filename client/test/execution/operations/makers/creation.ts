import type { Makers } from './random-inputs.ts';

const DTYPES = ['float32', 'int32', 'bool', undefined];

export const CREATION_MAKERS: Makers = {
  eye: (r) => [r.int(0, 4), r.maybe(r.int(0, 4)), r.pick([undefined, [2], [2, 3]]), r.pick(DTYPES)],
  fill: (r) => {
    const dtype = r.pick(DTYPES);
    return [r.shape(), dtype === 'bool' ? r.int(0, 1) : r.int(-3, 3), dtype];
  },
  linspace: (r) => [r.int(-3, 3), r.int(-3, 3), r.int(1, 9)],
  ones: (r) => [r.shape(), r.pick([...DTYPES, 'complex64'])],
  zeros: (r) => [r.shape(), r.pick([...DTYPES, 'complex64'])],
  range: (r) => {
    const dtype = r.pick(['float32', 'int32', undefined]);
    const steps = dtype === 'int32' ? [1, 2, -1, -2] : [1, 2, 0.5, -1, -2];
    return [r.int(-9, 9), r.int(-9, 9), r.pick(steps), dtype];
  },
  dropout: (r) => [r.floats(), r.pick([0, 0.25, 0.9]), undefined, r.int(1, 1e6)],
  multinomial: (r) => {
    const shape = r.bool() ? [r.int(1, 3), r.int(2, 5)] : [r.int(2, 5)];
    return r.bool()
      ? [r.between(-2, 2, shape), r.int(1, 9), r.int(1, 1e6), false]
      : [r.between(0, 0.5, shape), r.int(1, 9), r.int(1, 1e6), true];
  },
  randomGamma: (r) => [
    r.shape(),
    r.pick([0.3, 1, 4]),
    r.maybe(2),
    r.pick(['float32', 'int32']),
    r.int(1, 1e6),
  ],
  randomNormal: (r) => [
    r.shape(),
    r.maybe(3),
    r.maybe(2),
    r.pick(['float32', 'int32', undefined]),
    r.int(1, 1e6),
  ],
  randomStandardNormal: (r) => [r.shape(), r.pick(['float32', 'int32', undefined]), r.int(1, 1e6)],
  randomUniform: (r) => [
    r.shape(),
    r.maybe(-2),
    r.maybe(5),
    r.pick(['float32', 'int32', 'bool']),
    r.int(1, 1e6),
  ],
  randomUniformInt: (r) => [r.shape(), r.int(-9, 0), r.int(1, 9), r.int(1, 1e6)],
  truncatedNormal: (r) => [
    r.shape(),
    r.maybe(3),
    r.maybe(2),
    r.pick(['float32', 'int32', undefined]),
    r.int(1, 1e6),
  ],
  'signal.hammingWindow': (r) => [r.int(0, 9)],
  'signal.hannWindow': (r) => [r.int(0, 9)],
};
