/** Convolutions, pooling and images: everything with windows and data formats. */
import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw.ts';
import type { LayerMaker, LayerProbe } from './layer-probe.ts';

const L = tf.layers;
const PADDINGS = ['same', 'valid'] as const;
const FORMATS = ['channelsLast', 'channelsFirst'] as const;

type Format = (typeof FORMATS)[number];

/** Strides in tuples: tfjs types them as `[number, number]`. */
interface Windows {
  readonly size: number[];
  readonly strides: number[];
  readonly padding: (typeof PADDINGS)[number];
  readonly dataFormat: Format;
  readonly shape: number[];
}

function windows(draw: Draw, rank: number, format: Format = draw.pick(FORMATS)): Windows {
  const size = draw.sizes(rank, 1, 3);
  const sides = size.map((least) => draw.int(least, rank === 3 ? 4 : 6));
  const channels = draw.int(1, 3);
  const strides = draw.sizes(rank, 1, 3);
  const shape = format === 'channelsFirst' ? [channels, ...sides] : [...sides, channels];
  return { size, strides, padding: draw.pick(PADDINGS), dataFormat: format, shape };
}

type ConvolutionArgs = Parameters<typeof L.conv2d>[0];

function convolution(
  rank: number,
  make: (args: ConvolutionArgs) => tf.layers.Layer,
  formats: readonly Format[] = FORMATS,
): LayerMaker {
  return (draw) => {
    const { size, strides, padding, dataFormat, shape } = windows(draw, rank, draw.pick(formats));
    const layer = make({
      filters: draw.int(1, 3),
      kernelSize: size as [number, number],
      strides: strides as [number, number],
      padding,
      dataFormat,
      activation: draw.activation(),
      useBias: draw.bool(),
      kernelInitializer: draw.initializer(),
    });
    return { shapes: [shape], layer };
  };
}

/** What convolutions by depth take of another's arguments. */
function withoutKernel({
  kernelInitializer: _,
  ...args
}: ConvolutionArgs): Omit<ConvolutionArgs, 'kernelInitializer'> & { kernelSize: [number, number] } {
  return { ...args, kernelSize: args.kernelSize as [number, number] };
}

type PoolingArgs = Parameters<typeof L.averagePooling2d>[0];

function pooling(rank: 2 | 3, make: (args: PoolingArgs) => tf.layers.Layer): LayerMaker {
  return (draw) => {
    const { size, strides, padding, dataFormat, shape } = windows(draw, rank);
    const layer = make({
      poolSize: size as [number, number],
      strides: strides as [number, number],
      padding,
      dataFormat,
    });
    return { shapes: [shape], layer };
  };
}

function pooling1d(make: typeof L.averagePooling1d | typeof L.maxPooling1d): LayerMaker {
  return (draw) => {
    const { size, strides, padding, shape } = windows(draw, 1, 'channelsLast');
    return {
      shapes: [shape],
      layer: make({ poolSize: size[0] ?? 1, strides: strides[0] ?? 1, padding }),
    };
  };
}

function ofImages(make: (draw: Draw, dataFormat: Format) => tf.layers.Layer): LayerMaker {
  return (draw) => {
    const dataFormat = draw.pick(FORMATS);
    return { shapes: [draw.sizes(3, 3, 5)], layer: make(draw, dataFormat) };
  };
}

function convLstm(draw: Draw): Parameters<typeof L.convLstm2d>[0] {
  const padding = draw.pick(PADDINGS);
  return {
    filters: draw.int(1, 2),
    kernelSize: draw.int(1, 2),
    padding,
    activation: draw.pick(['tanh', 'relu', 'sigmoid'] as const),
    kernelInitializer: draw.initializer(),
    recurrentInitializer: draw.initializer(),
    returnSequences: draw.bool(),
  };
}

export const windowLayers: Readonly<Record<string, LayerMaker>> = {
  conv1d: (draw): LayerProbe => {
    const { size, strides, padding, shape } = windows(draw, 1, 'channelsLast');
    const layer = L.conv1d({
      filters: draw.int(1, 3),
      kernelSize: size[0] ?? 1,
      strides: strides[0] ?? 1,
      padding: draw.pick([padding, 'causal']),
      activation: draw.activation(),
      kernelInitializer: draw.initializer(),
    });
    return { shapes: [shape], layer };
  },
  conv2d: convolution(2, L.conv2d),
  conv2dTranspose: convolution(2, L.conv2dTranspose),
  conv3d: convolution(3, L.conv3d),
  conv3dTranspose: convolution(3, L.conv3dTranspose),
  separableConv2d: convolution(2, (args) =>
    L.separableConv2d({
      ...withoutKernel(args),
      depthMultiplier: 2,
      depthwiseInitializer: tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }),
      pointwiseInitializer: tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 4 }),
    }),
  ),
  depthwiseConv2d: convolution(2, (args) =>
    L.depthwiseConv2d({
      ...withoutKernel(args),
      depthMultiplier: 2,
      depthwiseInitializer: tf.initializers.randomUniform({ minval: -1, maxval: 1, seed: 3 }),
    }),
  ),
  convLstm2d: (draw) => ({ shapes: [[2, 3, 4, 2]], layer: L.convLstm2d(convLstm(draw)) }),
  convLstm2dCell: (draw) => ({
    shapes: [[2, 3, 4, 2]],
    layer: L.convLstm2d(convLstm(draw)),
  }),
  averagePooling1d: pooling1d(L.averagePooling1d),
  averagePooling2d: pooling(2, L.averagePooling2d),
  averagePooling3d: pooling(3, (args) => L.averagePooling3d(args as never)),
  maxPooling1d: pooling1d(L.maxPooling1d),
  maxPooling2d: pooling(2, L.maxPooling2d),
  maxPooling3d: pooling(3, (args) => L.maxPooling3d(args as never)),
  globalAveragePooling1d: (draw) => ({
    shapes: [draw.sizes(2, 1, 5)],
    layer: L.globalAveragePooling1d({}),
  }),
  globalMaxPooling1d: (draw) => ({
    shapes: [draw.sizes(2, 1, 5)],
    layer: L.globalMaxPooling1d({}),
  }),
  globalAveragePooling2d: ofImages((_, dataFormat) => L.globalAveragePooling2d({ dataFormat })),
  globalMaxPooling2d: ofImages((_, dataFormat) => L.globalMaxPooling2d({ dataFormat })),
  upSampling2d: ofImages((draw, dataFormat) =>
    L.upSampling2d({
      size: draw.sizes(2, 1, 3),
      interpolation: draw.pick(['nearest', 'bilinear'] as const),
      dataFormat,
    }),
  ),
  zeroPadding2d: ofImages((draw, dataFormat) =>
    L.zeroPadding2d({ padding: [draw.pair(0, 2), draw.pair(0, 2)], dataFormat }),
  ),
  cropping2D: ofImages((draw, dataFormat) =>
    L.cropping2D({ cropping: [draw.pair(0, 1), draw.pair(0, 1)], dataFormat }),
  ),
  centerCrop: (draw) => ({
    shapes: [draw.sizes(3, 3, 5)],
    layer: L.centerCrop({ height: draw.pick([1, 2, 6]), width: draw.pick([1, 2, 6]) }),
  }),
  resizing: (draw) => ({
    shapes: [draw.sizes(3, 3, 5)],
    layer: L.resizing({
      height: draw.int(1, 7),
      width: draw.int(1, 7),
      interpolation: draw.pick(['nearest', 'bilinear'] as const),
    }),
  }),
  rescaling: (draw) => ({
    shapes: [draw.sizes(3, 1, 3)],
    layer: L.rescaling({ scale: 0.5, offset: draw.int(-1, 1) }),
  }),
  randomWidth: (draw) => ({
    shapes: [draw.sizes(3, 3, 5)],
    layer: L.randomWidth({ factor: 0.4, seed: 3, autoVectorize: false }),
  }),
};
