/** Operations that move a window: convolutions, pooling, normalisation. */
import type { Maker, Makers, RandomInputs } from './random-inputs.ts';

const PAD = ['valid', 'same', 1, 0];
const ACTIVATIONS = ['linear', 'relu', 'elu', 'prelu', 'leakyrelu', undefined];

function imagesAndFilter(r: RandomInputs, isDepthwise = false): [unknown, unknown, number] {
  const [inputs, outputs] = [r.int(1, 3), r.int(1, 3)];
  const shape = [...(r.bool() ? [r.int(0, 2)] : []), r.int(4, 6), r.int(4, 6), inputs];
  const filter = r.floats([r.int(1, 3), r.int(1, 3), inputs, outputs]);
  return [r.floats(shape), filter, isDepthwise ? inputs * outputs : outputs];
}

const rounding = (r: RandomInputs, pad: unknown) =>
  typeof pad === 'number' ? r.pick(['floor', 'ceil', 'round']) : undefined;

function conv2d(r: RandomInputs): unknown[] {
  const [x, filter] = imagesAndFilter(r);
  const pad = r.pick([
    ...PAD,
    [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ],
  ]);
  return [x, filter, r.pick([1, 2, [1, 2]]), pad, undefined, undefined, rounding(r, pad)];
}

function depthwise(r: RandomInputs): unknown[] {
  const [x, filter] = imagesAndFilter(r, true);
  const pad = r.pick(PAD);
  return [x, filter, 1, pad, undefined, r.maybe(r.int(1, 2)), rounding(r, pad)];
}

const fused =
  (isDepthwise: boolean): Maker =>
  (r) => {
    const [x, filter, channels] = imagesAndFilter(r, isDepthwise);
    const activation = r.pick(ACTIVATIONS);
    return [
      {
        x,
        filter,
        strides: 1,
        pad: 'same',
        bias: r.maybe(r.floats([channels])),
        activation,
        preluActivationWeights: activation === 'prelu' ? r.floats([1, 1, channels]) : undefined,
        leakyreluAlpha: activation === 'leakyrelu' ? 0.1 : undefined,
      },
    ];
  };

const pool2d: Maker = (r) => {
  const pad = r.pick(PAD);
  const shape = [...(r.bool() ? [r.int(1, 2)] : []), r.int(4, 6), r.int(4, 6), r.int(1, 3)];
  return [
    r.pick([r.floats(shape), r.ints(shape)]),
    r.pick([1, 2, [2, 3]]),
    r.pick([1, 2]),
    pad,
    rounding(r, pad),
  ];
};

const pool3d: Maker = (r) => {
  const shape = [...(r.bool() ? [r.int(1, 2)] : []), 4, 5, 4, r.int(1, 2)];
  return [
    r.floats(shape),
    2,
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
    undefined,
    r.maybe('NDHWC'),
  ];
};

const batchNorm =
  (rank: number): Maker =>
  (r) => {
    const shape = r.filledShape(rank, rank);
    const part = () => r.between(0.5, 2, [shape.at(-1) ?? 1]);
    return [r.floats(shape), part(), part(), r.maybe(part()), r.maybe(part()), r.maybe(0.01)];
  };

export const WINDOW_MAKERS: Makers = {
  avgPool: pool2d,
  avgPool3d: pool3d,
  batchNorm: (r) => batchNorm(r.int(1, 4))(r),
  batchNorm2d: batchNorm(2),
  batchNorm3d: batchNorm(3),
  batchNorm4d: batchNorm(4),
  conv1d: (r) => [
    r.floats([...(r.bool() ? [2] : []), 6, 2]),
    r.floats([r.int(1, 3), 2, 3]),
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
  ],
  conv2d,
  conv2dTranspose: (r) => {
    const [size, stride] = [r.int(2, 3), r.int(1, 2)];
    const outputs = r.int(1, 3);
    const shape = [2, size * stride, size * stride, outputs];
    return [r.floats([2, size, size, 2]), r.floats([2, 2, outputs, 2]), shape, stride, 'same'];
  },
  conv3d: (r) => [
    r.floats([...(r.bool() ? [2] : []), 3, 4, 3, 2]),
    r.floats([2, 2, 2, 2, 3]),
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
  ],
  conv3dTranspose: (r) => {
    const stride = r.int(1, 2);
    const size = 2 * stride;
    return [
      r.floats([1, 2, 2, 2, 2]),
      r.floats([2, 2, 2, 3, 2]),
      [1, size, size, size, 3],
      stride,
      'same',
    ];
  },
  depthwiseConv2d: depthwise,
  dilation2d: (r) => [
    r.floats([...(r.bool() ? [2] : []), 5, 5, 2]),
    r.floats([2, 2, 2]),
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
    r.maybe(1),
  ],
  'fused.conv2d': fused(false),
  'fused.depthwiseConv2d': fused(true),
  localResponseNormalization: (r) => [
    r.floats([...(r.bool() ? [2] : []), 2, 3, 4]),
    r.maybe(r.int(0, 3)),
    r.maybe(1),
    r.maybe(0.5),
    r.maybe(0.75),
  ],
  maxPool: pool2d,
  maxPool3d: pool3d,
  maxPoolWithArgmax: (r) => [
    r.floats([r.int(1, 2), 4, 5, 2]),
    2,
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
    r.maybe(r.bool()),
  ],
  pool: (r) => [
    r.floats([2, 5, 6, 2]),
    r.pick([2, [2, 3]]),
    r.pick(['avg', 'max']),
    r.pick(['valid', 'same']),
    r.pick([undefined, 1, 2]),
    undefined,
  ],
  separableConv2d: (r) => {
    const [inputs, multiplier] = [r.int(1, 2), r.int(1, 2)];
    return [
      r.floats([...(r.bool() ? [2] : []), 5, 5, inputs]),
      r.floats([2, 2, inputs, multiplier]),
      r.floats([1, 1, inputs * multiplier, 3]),
      r.pick([1, 2]),
      r.pick(['valid', 'same']),
    ];
  },
};
