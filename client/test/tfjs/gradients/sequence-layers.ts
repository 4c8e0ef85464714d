/** Recurrent layers, embeddings and wrappers. */
import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw.ts';
import type { LayerMaker, LayerProbe } from './layer-probe.ts';

const L = tf.layers;

const GATES = ['sigmoid', 'hardSigmoid', 'tanh'] as const;

function recurrent(draw: Draw): Parameters<typeof L.lstm>[0] & Parameters<typeof L.gru>[0] {
  return {
    units: draw.int(1, 3),
    activation: draw.pick(['tanh', 'relu', 'elu', 'sigmoid', 'softsign'] as const),
    recurrentActivation: draw.pick(GATES),
    useBias: draw.bool(),
    returnSequences: draw.bool(),
    goBackwards: draw.bool(),
    dropout: draw.pick([0, 0.3]),
    recurrentDropout: draw.pick([0, 0.3]),
    kernelInitializer: draw.initializer(),
    recurrentInitializer: draw.initializer(),
    biasInitializer: draw.initializer(),
    implementation: draw.pick([1, 2]),
  };
}

const sequence = (draw: Draw): number[] => draw.sizes(2, 1, 4);

function ofSequences(make: (draw: Draw) => tf.layers.Layer): LayerMaker {
  return (draw) => ({ shapes: [sequence(draw)], layer: make(draw) });
}

type Cell = Extract<Parameters<typeof L.rnn>[0]['cell'], tf.layers.Layer>;

function cell(draw: Draw): Cell {
  const args = recurrent(draw);
  return draw.pick([
    () => L.simpleRNNCell(args),
    () => L.gruCell(args),
    () => L.lstmCell(args),
  ])() as Cell;
}

const ofCell =
  (make: (args: Parameters<typeof L.lstmCell>[0]) => tf.layers.Layer): LayerMaker =>
  (draw): LayerProbe => ({
    shapes: [sequence(draw)],
    layer: L.rnn({ cell: make(recurrent(draw)) as Cell, returnSequences: draw.bool() }),
  });

function embedding(draw: Draw): LayerProbe {
  const inputDim = draw.int(2, 5);
  const layer = L.embedding({
    inputDim,
    outputDim: draw.int(1, 4),
    maskZero: draw.bool(),
    embeddingsInitializer: draw.initializer(),
  });
  return { shapes: [draw.sizes(draw.int(1, 2), 1, 4)], layer, integersBelow: inputDim };
}

function inside(draw: Draw): tf.layers.Layer {
  const kernelInitializer = draw.initializer();
  const activation = draw.activation();
  return draw.pick([
    () => L.dense({ units: draw.int(1, 3), activation, kernelInitializer }),
    () => L.conv2d({ filters: 2, kernelSize: 2, padding: 'same', activation, kernelInitializer }),
    () => L.averagePooling2d({ poolSize: 2, strides: 1, padding: 'same' }),
    () => L.layerNormalization(),
    () => L.batchNormalization(),
  ])();
}

export const sequenceLayers: Readonly<Record<string, LayerMaker>> = {
  simpleRNN: ofSequences((draw) => L.simpleRNN(recurrent(draw))),
  gru: ofSequences((draw) => L.gru(recurrent(draw))),
  lstm: ofSequences((draw) => L.lstm(recurrent(draw))),
  simpleRNNCell: ofCell((args) => L.simpleRNNCell(args as never)),
  gruCell: ofCell((args) => L.gruCell(args as never)),
  lstmCell: ofCell((args) => L.lstmCell(args)),
  rnn: ofSequences((draw) => L.rnn({ cell: cell(draw), returnSequences: draw.bool() })),
  stackedRNNCells: ofSequences((draw) =>
    L.rnn({
      cell: L.stackedRNNCells({ cells: [cell(draw), cell(draw)] }),
      returnSequences: draw.bool(),
    }),
  ),
  bidirectional: ofSequences((draw) =>
    L.bidirectional({
      layer: draw.pick([() => L.lstm(recurrent(draw)), () => L.gru(recurrent(draw))])() as tf.RNN,
      mergeMode: draw.pick(['concat', 'sum', 'mul', 'ave'] as const),
    }),
  ),
  timeDistributed: (draw) => ({
    shapes: [[2, 3, 4, 2]],
    layer: L.timeDistributed({ layer: inside(draw) }),
  }),
  embedding,
};
