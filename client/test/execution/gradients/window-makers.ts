/** Convolutions, pools and normalisation: strides, dilations, padding in words and numbers, roundings. */
import type { SmoothMaker, SmoothMakers } from './makers.ts';
import type { SmoothInputs } from './smooth-inputs.ts';

const NUMBERS_2D = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];

const rounding = (r: SmoothInputs, pad: unknown) =>
  typeof pad === 'number' ? r.pick(['floor', 'ceil', 'round']) : undefined;

/** A step and a dilation, one of which is 1. */
const moves = (r: SmoothInputs): [number | number[], number | number[]] =>
  r.pick<[number | number[], number | number[]]>([
    [1, 1],
    [2, 1],
    [[1, 2], 1],
    [3, 1],
    [1, 2],
    [1, [2, 1]],
  ]);

function imagesAndFilter(r: SmoothInputs): [number[], number[]] {
  const [inputs, outputs] = [r.int(1, 2), r.int(1, 2)];
  const images = [...(r.bool() ? [r.int(1, 2)] : []), r.int(4, 6), r.int(4, 6), inputs];
  return [images, [r.int(1, 3), r.int(1, 2), inputs, outputs]];
}

const conv2d: SmoothMaker = (r) => {
  const [images, filter] = imagesAndFilter(r);
  const [strides, dilations] = moves(r);
  const pad = r.pick(['valid', 'same', 1, 0, NUMBERS_2D]);
  return [r.floats(images), r.floats(filter), strides, pad, undefined, dilations, rounding(r, pad)];
};

const depthwise: SmoothMaker = (r) => {
  const [images, filter] = imagesAndFilter(r);
  const dilations = r.pick([1, 2, [2, 1]]);
  const strides = dilations === 1 ? r.pick([1, 2, 3]) : 1;
  const pad = r.pick(['valid', 'same', 1, 0]);
  return [r.floats(images), r.floats(filter), strides, pad, undefined, dilations, rounding(r, pad)];
};

const fused =
  (isDepthwise: boolean): SmoothMaker =>
  (r) => {
    const [images, filter] = imagesAndFilter(r);
    const [, , inputs = 1, outputs = 1] = filter;
    const channels = isDepthwise ? inputs * outputs : outputs;
    const activation = r.pick([
      'linear',
      'relu',
      'elu',
      'sigmoid',
      'prelu',
      'leakyrelu',
      undefined,
    ]);
    return [
      {
        x: r.floats(images),
        filter: r.floats(filter),
        strides: r.pick([1, 2]),
        pad: r.pick(['same', 'valid']),
        bias: r.maybe(r.floats([channels])),
        activation,
        preluActivationWeights: activation === 'prelu' ? r.floats([1, 1, channels]) : undefined,
        leakyreluAlpha: activation === 'leakyrelu' ? 0.1 : undefined,
      },
    ];
  };

const pool2d: SmoothMaker = (r) => {
  const pad = r.pick(['valid', 'same', 'same', 1, 0]);
  const images = [...(r.bool() ? [r.int(1, 2)] : []), r.int(4, 6), r.int(4, 6), r.int(1, 2)];
  const sizes = pad === 1 ? [2, [2, 3], 3] : [1, 2, [2, 3], [3, 1]];
  return [
    r.floats(images),
    r.pick<unknown>(sizes),
    r.pick<unknown>([1, 2, [2, 1]]),
    pad,
    rounding(r, pad),
  ];
};

const pool3d: SmoothMaker = (r) => {
  const volumes = [...(r.bool() ? [r.int(1, 2)] : []), 3, 4, 3, r.int(1, 2)];
  return [
    r.floats(volumes),
    r.pick<unknown>([2, [1, 2, 3], [2, 1, 2], [3, 2, 1]]),
    r.pick<unknown>([1, 2, [1, 2, 1], [2, 1, 2]]),
    r.pick(['valid', 'same']),
  ];
};

const batchNorm =
  (rank: number): SmoothMaker =>
  (r) => {
    const shape = r.filledShape(rank, rank);
    const form = r.fraction() < 0.7 ? [shape.at(-1) ?? 1] : shape;
    const part = () => r.between(0.5, 2, form);
    return [r.floats(shape), part(), part(), r.maybe(part()), r.maybe(part()), r.maybe(0.01)];
  };

export const WINDOW_MAKERS: SmoothMakers = {
  avgPool: pool2d,
  avgPool3d: pool3d,
  batchNorm: (r) => batchNorm(r.int(2, 4))(r),
  batchNorm2d: batchNorm(2),
  batchNorm3d: batchNorm(3),
  batchNorm4d: batchNorm(4),
  conv1d: (r) => {
    const [stride, dilation] = r.pick([
      [1, 1],
      [2, 1],
      [1, 2],
    ]);
    return [
      r.floats([...(r.bool() ? [2] : []), 6, 2]),
      r.floats([r.int(1, 3), 2, 2]),
      stride,
      r.pick(['valid', 'same']),
      undefined,
      dilation,
    ];
  },
  conv2d,
  conv2dTranspose: (r) => {
    const [rows, columns] = [r.int(2, 3), r.int(2, 3)];
    const stride = r.int(1, 3);
    const isSame = r.bool();
    const size = (count: number) => (isSame ? count * stride : (count - 1) * stride + 2);
    return [
      r.floats([2, rows, columns, 2]),
      r.floats([2, 2, 1, 2]),
      [2, size(rows), size(columns), 1],
      stride,
      isSame ? 'same' : 'valid',
    ];
  },
  conv3d: (r) => {
    const [strides, dilations] = r.pick<[unknown, unknown]>([
      [1, 1],
      [2, 1],
      [[1, 2, 1], 1],
      [1, 2],
    ]);
    return [
      r.floats([...(r.bool() ? [2] : []), 3, 4, 3, 1]),
      r.floats([2, 1, 2, 1, 2]),
      strides,
      r.pick(['valid', 'same']),
      undefined,
      dilations,
    ];
  },
  depthwiseConv2d: depthwise,
  dilation2d: (r) => [
    r.floats([...(r.bool() ? [2] : []), 4, 4, 1]),
    // Of another spacing than the images', so that no two sums are equal.
    r.between(-0.37, 0.61, [2, 2, 1]),
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
    r.pick([1, 2]),
  ],
  'fused.conv2d': fused(false),
  'fused.depthwiseConv2d': fused(true),
  maxPool: pool2d,
  maxPool3d: pool3d,
  maxPoolWithArgmax: (r) => [
    r.floats([r.int(1, 2), 4, 5, 2]),
    r.pick<unknown>([2, [2, 3]]),
    r.pick([1, 2]),
    r.pick(['valid', 'same']),
    r.maybe(r.bool()),
  ],
  pool: (r) => {
    const dilations = r.pick([undefined, 1, 2]);
    return [
      r.floats([2, 5, 6, 1]),
      r.pick<unknown>([2, [2, 3]]),
      r.pick(['avg', 'max']),
      r.pick(['valid', 'same']),
      dilations,
      dilations === 2 ? undefined : r.pick([undefined, 1, 2]),
    ];
  },
  separableConv2d: (r) => {
    const [inputs, multiplier] = [r.int(1, 2), r.int(1, 2)];
    return [
      r.floats([...(r.bool() ? [2] : []), 5, 5, inputs]),
      r.floats([2, 2, inputs, multiplier]),
      r.floats([1, 1, inputs * multiplier, 2]),
      r.pick([1, 2]),
      r.pick(['valid', 'same']),
    ];
  },
};
