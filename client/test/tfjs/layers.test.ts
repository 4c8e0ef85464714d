/** Every kind of layer trains on wasm as it does on cpu (tensorflow/tfjs#8474, #4326 and their kind). */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, it } from 'vitest';
import { seededRandom, withMathRandom } from '../../src/tfjs/random.ts';
import { freeRecurrentMasks } from '../../src/tfjs/recurrent-masks.ts';
import { expectAgreement, prepareBackends, uniform } from './support/backends.ts';

beforeAll(prepareBackends);

type Layer = tf.layers.Layer;

interface LayerCase {
  readonly name: string;
  readonly shape: number[];
  readonly layers: () => Layer[];
  /** Inputs are integers below it. */
  readonly integers?: number;
}

const L = tf.layers;
const init = (seed: number): ReturnType<typeof tf.initializers.randomUniform> =>
  tf.initializers.randomUniform({ minval: -0.5, maxval: 0.5, seed });
const kernel = { kernelInitializer: init(1) };
const recurrent = { ...kernel, recurrentInitializer: init(2), units: 3 };

const ACTIVATIONS = [
  'elu',
  'hardSigmoid',
  'linear',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
] as const;

const dense: LayerCase[] = ACTIVATIONS.flatMap((activation) => [
  {
    name: `dense with ${activation}`,
    shape: [5],
    layers: () => [L.dense({ units: 4, activation, ...kernel })],
  },
  {
    name: `conv2d with ${activation}`,
    shape: [5, 5, 2],
    layers: () => [L.conv2d({ filters: 3, kernelSize: 3, activation, ...kernel })],
  },
]);

const images: LayerCase[] = (['channelsFirst', 'channelsLast'] as const).flatMap((dataFormat) => [
  {
    name: `conv2d ${dataFormat}`,
    shape: [4, 6, 4],
    layers: () => [L.conv2d({ filters: 3, kernelSize: 3, padding: 'same', dataFormat, ...kernel })],
  },
  {
    name: `maxPooling2d ${dataFormat}`,
    shape: [4, 6, 4],
    layers: () => [L.maxPooling2d({ poolSize: 2, dataFormat })],
  },
]);

const convolutions: LayerCase[] = [
  {
    name: 'conv1d',
    shape: [7, 3],
    layers: () => [L.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', ...kernel })],
  },
  {
    name: 'conv3d',
    shape: [4, 4, 4, 2],
    layers: () => [L.conv3d({ filters: 3, kernelSize: 2, strides: 2, ...kernel })],
  },
  {
    name: 'conv2dTranspose',
    shape: [4, 4, 3],
    layers: () => [L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, ...kernel })],
  },
  {
    name: 'depthwiseConv2d',
    shape: [5, 5, 3],
    layers: () => [
      L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, depthwiseInitializer: init(1) }),
    ],
  },
  {
    name: 'separableConv2d',
    shape: [5, 5, 3],
    layers: () => [
      L.separableConv2d({
        filters: 4,
        kernelSize: 3,
        depthwiseInitializer: init(1),
        pointwiseInitializer: init(2),
      }),
    ],
  },
  {
    name: 'convLstm2d',
    shape: [3, 5, 5, 2],
    layers: () => [
      L.convLstm2d({ filters: 3, kernelSize: 3, ...kernel, recurrentInitializer: init(2) }),
    ],
  },
];

const sequences: LayerCase[] = [
  { name: 'simpleRNN', shape: [6, 4], layers: () => [L.simpleRNN(recurrent)] },
  { name: 'gru', shape: [6, 4], layers: () => [L.gru({ ...recurrent, returnSequences: true })] },
  {
    name: 'lstm with relu and dropout',
    shape: [6, 4],
    layers: () => [
      L.lstm({ ...recurrent, activation: 'relu', dropout: 0.3, recurrentDropout: 0.2 }),
    ],
  },
  {
    name: 'bidirectional lstm',
    shape: [6, 4],
    layers: () => [L.bidirectional({ layer: L.lstm(recurrent) as tf.RNN, mergeMode: 'concat' })],
  },
  {
    name: 'embedding',
    shape: [6],
    integers: 7,
    layers: () => [L.embedding({ inputDim: 7, outputDim: 3, embeddingsInitializer: init(1) })],
  },
  {
    name: 'masked embedding and lstm',
    shape: [6],
    integers: 7,
    layers: () => [
      L.embedding({ inputDim: 7, outputDim: 3, maskZero: true, embeddingsInitializer: init(1) }),
      L.lstm(recurrent),
    ],
  },
  {
    name: 'timeDistributed conv2d',
    shape: [3, 6, 6, 2],
    layers: () => [
      L.timeDistributed({ layer: L.conv2d({ filters: 3, kernelSize: 3, ...kernel }) }),
    ],
  },
];

const others: LayerCase[] = [
  { name: 'averagePooling2d', shape: [6, 6, 2], layers: () => [L.averagePooling2d({})] },
  { name: 'maxPooling1d', shape: [7, 3], layers: () => [L.maxPooling1d({ poolSize: 2 })] },
  { name: 'maxPooling3d', shape: [4, 4, 4, 2], layers: () => [L.maxPooling3d({ poolSize: 2 })] },
  { name: 'averagePooling3d', shape: [4, 4, 4, 2], layers: () => [L.averagePooling3d({})] },
  { name: 'globalMaxPooling2d', shape: [5, 4, 3], layers: () => [L.globalMaxPooling2d({})] },
  {
    name: 'globalAveragePooling2d',
    shape: [5, 4, 3],
    layers: () => [L.globalAveragePooling2d({})],
  },
  { name: 'batchNormalization', shape: [4, 4, 5], layers: () => [L.batchNormalization()] },
  { name: 'layerNormalization', shape: [4, 5], layers: () => [L.layerNormalization()] },
  { name: 'dropout', shape: [50], layers: () => [L.dropout({ rate: 0.3 })] },
  { name: 'spatialDropout1d', shape: [5, 6], layers: () => [L.spatialDropout1d({ rate: 0.3 })] },
  { name: 'alphaDropout', shape: [50], layers: () => [L.alphaDropout({ rate: 0.3 })] },
  { name: 'gaussianDropout', shape: [50], layers: () => [L.gaussianDropout({ rate: 0.3 })] },
  { name: 'gaussianNoise', shape: [50], layers: () => [L.gaussianNoise({ stddev: 0.3 })] },
  { name: 'prelu', shape: [5], layers: () => [L.prelu({ alphaInitializer: init(1) })] },
  { name: 'leakyReLU', shape: [5], layers: () => [L.leakyReLU()] },
  {
    name: 'upSampling2d nearest',
    shape: [3, 4, 2],
    layers: () => [L.upSampling2d({ size: [2, 3], interpolation: 'nearest' })],
  },
  {
    name: 'upSampling2d bilinear',
    shape: [3, 4, 2],
    layers: () => [L.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })],
  },
  { name: 'zeroPadding2d', shape: [3, 4, 2], layers: () => [L.zeroPadding2d({ padding: 1 })] },
  {
    name: 'cropping2D',
    shape: [6, 6, 2],
    layers: () => [
      L.cropping2D({
        cropping: [
          [1, 1],
          [2, 1],
        ],
      }),
    ],
  },
  { name: 'permute', shape: [3, 4, 2], layers: () => [L.permute({ dims: [2, 1, 3] })] },
  { name: 'repeatVector', shape: [5], layers: () => [L.repeatVector({ n: 3 })] },
  { name: 'reshape', shape: [6], layers: () => [L.reshape({ targetShape: [2, 3] })] },
  { name: 'flatten', shape: [3, 4, 2], layers: () => [L.flatten()] },
  {
    name: 'a kernel with l1 and l2 penalties',
    shape: [5],
    layers: () => [L.dense({ units: 4, kernelRegularizer: tf.regularizers.l1l2(), ...kernel })],
  },
];

/** Output, gradient of the input (where it is a number) and gradient of every trainable weight. */
function passes({ shape, layers, integers }: LayerCase): Record<string, tf.Tensor> {
  const input = tf.input({ shape });
  const output = layers().reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input);
  const model = tf.model({ inputs: input, outputs: output });
  const xShape = [2, ...shape];
  const x =
    integers === undefined ? uniform(xShape, 5) : tf.randomUniform(xShape, 0, integers, 'int32', 5);
  const forward = (inputs: tf.Tensor): tf.Tensor =>
    withMathRandom(seededRandom(3), () => model.apply(inputs, { training: true }) as tf.Tensor);
  const loss = (inputs: tf.Tensor): tf.Scalar => {
    const y = forward(inputs);
    return tf.addN([tf.sum(tf.mul(y, uniform(y.shape, 9))), ...model.calculateLosses()]);
  };
  const results: Record<string, tf.Tensor> = { y: forward(x) };
  if (integers === undefined) results['gradient of x'] = tf.grad(loss)(x);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  if (variables.length > 0) {
    const { grads } = tf.variableGrads(() => loss(x), variables);
    for (const [i, variable] of variables.entries())
      results[`gradient of weight ${i}`] = grads[variable.name] as tf.Tensor;
  }
  freeRecurrentMasks(model.layers);
  for (const weight of model.weights) weight.dispose();
  return results;
}

it.each([...dense, ...images, ...convolutions, ...sequences, ...others])('$name', (layerCase) => {
  expectAgreement(() => passes(layerCase));
});
