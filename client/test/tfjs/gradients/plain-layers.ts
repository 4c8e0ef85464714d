/** Dense layers, activations, normalisation, noise, merging and reshaping. */
import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw.ts';
import type { LayerMaker, LayerProbe } from './layer-probe.ts';

const L = tf.layers;

function ofAny(make: (draw: Draw, shape: readonly number[]) => tf.layers.Layer): LayerMaker {
  return (draw) => {
    const shape = draw.sizes(draw.int(1, 3), 1, 4);
    return { shapes: [shape], layer: make(draw, shape) };
  };
}

function merging(make: () => tf.layers.Layer): LayerMaker {
  return (draw) => {
    const shape = draw.sizes(draw.int(1, 3), 1, 4);
    return { shapes: Array.from({ length: draw.int(2, 3) }, () => shape), layer: make() };
  };
}

function dot(draw: Draw): LayerProbe {
  const shared = draw.int(1, 4);
  const normalize = draw.bool();
  if (draw.bool()) {
    const shape = [draw.int(1, 3), shared];
    return { shapes: [shape, [draw.int(1, 3), shared]], layer: L.dot({ axes: 2, normalize }) };
  }
  return { shapes: [[shared], [shared]], layer: L.dot({ axes: 1, normalize }) };
}

function concatenate(draw: Draw): LayerProbe {
  const shape = draw.sizes(draw.int(1, 3), 1, 3);
  const axis = draw.int(1, shape.length);
  const other = shape.map((size, i) => (i === axis - 1 ? draw.int(1, 3) : size));
  return { shapes: [shape, other], layer: L.concatenate({ axis }) };
}

function regularizer(draw: Draw): ReturnType<typeof tf.regularizers.l1l2> {
  return tf.regularizers.l1l2({ l1: draw.pick([0, 0.1]), l2: 0.1 });
}

export const plainLayers: Readonly<Record<string, LayerMaker>> = {
  dense: ofAny((draw) =>
    L.dense({
      units: draw.int(1, 4),
      activation: draw.activation(),
      useBias: draw.bool(),
      kernelInitializer: draw.initializer(),
      ...(draw.bool() ? {} : { kernelRegularizer: regularizer(draw) }),
    }),
  ),
  activation: ofAny((draw) => L.activation({ activation: draw.activation() })),
  elu: ofAny(() => L.elu()),
  reLU: ofAny((draw) => L.reLU({ maxValue: draw.pick([0.5, 6]) })),
  leakyReLU: ofAny((draw) => L.leakyReLU({ alpha: draw.pick([0.1, 0.3, 0.5]) })),
  prelu: ofAny((draw, shape) =>
    L.prelu({
      alphaInitializer: draw.initializer(),
      ...(shape.length < 2 || draw.bool() ? {} : { sharedAxes: [1] }),
    }),
  ),
  softmax: ofAny((draw, shape) => L.softmax({ axis: draw.pick([-1, shape.length]) })),
  thresholdedReLU: ofAny(() => L.thresholdedReLU({ theta: 0.2 })),
  batchNormalization: ofAny((draw, shape) =>
    L.batchNormalization({
      axis: draw.pick([-1, draw.int(1, shape.length)]),
      center: draw.bool(),
      scale: draw.bool(),
      epsilon: 0.01,
    }),
  ),
  layerNormalization: ofAny((draw) =>
    L.layerNormalization({ center: draw.bool(), scale: draw.bool(), epsilon: 0.1 }),
  ),
  dropout: ofAny((draw, shape) =>
    L.dropout({
      rate: 0.4,
      ...(draw.bool() ? {} : { noiseShape: [null as never, ...shape.map(() => 1)] }),
    }),
  ),
  spatialDropout1d: (draw) => ({
    shapes: [draw.sizes(2, 1, 4)],
    layer: L.spatialDropout1d({ rate: 0.4 }),
  }),
  alphaDropout: ofAny(() => L.alphaDropout({ rate: 0.4 })),
  gaussianDropout: ofAny(() => L.gaussianDropout({ rate: 0.4 })),
  gaussianNoise: ofAny(() => L.gaussianNoise({ stddev: 0.4 })),
  masking: (draw) => ({ shapes: [draw.sizes(2, 1, 4)], layer: L.masking({ maskValue: 0 }) }),
  flatten: (draw) => ({
    shapes: [draw.sizes(3, 1, 4)],
    layer: L.flatten({ dataFormat: draw.pick(['channelsFirst', 'channelsLast'] as const) }),
  }),
  reshape: ofAny((draw, shape) =>
    L.reshape({ targetShape: draw.bool() ? [-1] : [1, ...shape].reverse() }),
  ),
  permute: (draw) => ({
    shapes: [draw.sizes(3, 1, 4)],
    layer: L.permute({
      dims: draw.pick([
        [1, 2, 3],
        [3, 1, 2],
        [2, 3, 1],
        [2, 1, 3],
      ]),
    }),
  }),
  repeatVector: (draw) => ({
    shapes: [draw.sizes(1, 1, 4)],
    layer: L.repeatVector({ n: draw.int(1, 4) }),
  }),
  add: merging(() => L.add()),
  average: merging(() => L.average()),
  maximum: merging(() => L.maximum()),
  minimum: merging(() => L.minimum()),
  multiply: merging(() => L.multiply()),
  concatenate,
  dot,
  categoryEncoding: (draw) => {
    const numTokens = draw.int(2, 5);
    return {
      shapes: [[draw.int(1, 3)]],
      layer: L.categoryEncoding({
        numTokens,
        outputMode: draw.pick(['multiHot', 'count'] as const),
      }),
      integersBelow: numTokens,
    };
  },
};
