/** Frozen weights: neither trained nor stepped, also after the model has travelled as a topology. */
import * as tf from '@tensorflow/tfjs';
import {
  architectureOf,
  evaluate,
  layoutOf,
  modelFromArchitecture,
  prepareEngine,
  trainerFor,
  weightsOf,
} from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL_TRAINING, seeded } from './support/models.ts';

beforeAll(async () => {
  await prepareEngine();
});

const L = tf.layers;
const plan = { training: { ...SMALL_TRAINING, loss: 'meanSquaredError', metrics: [] } };

const dense = (name: string, units = 3, inputShape?: number[]): tf.layers.Layer =>
  L.dense({ name, units, kernelInitializer: seeded(1), ...(inputShape && { inputShape }) });

/** Sequences of two steps with three features. */
function sequenceData(): { xs: tf.Tensor; ys: tf.Tensor } {
  return {
    xs: tf.randomNormal([24, 2, 3], 2, 3, 'float32', 1),
    ys: tf.randomNormal([24, 1], 0, 1, 'float32', 2),
  };
}

/** What comes first, then a head that trains. */
function headed(...first: tf.layers.Layer[]): tf.Sequential {
  return tf.sequential({
    layers: [
      L.inputLayer({ inputShape: [2, 3] }),
      ...first,
      L.flatten(),
      L.dense({ name: 'head', units: 1, kernelInitializer: seeded(2) }),
    ],
  });
}

function frozen<T extends { trainable: boolean }>(layer: T): T {
  layer.trainable = false;
  return layer;
}

function functionalBase(): tf.LayersModel {
  const input = tf.input({ shape: [2, 3] });
  const normalized = L.batchNormalization({ name: 'norm' }).apply(dense('first').apply(input));
  const output = dense('second').apply(normalized) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output, name: 'base' });
}

function sequentialBase(): tf.Sequential {
  return tf.sequential({ name: 'base', layers: [dense('first', 3, [2, 3]), dense('second')] });
}

const lstm = (): tf.RNN =>
  L.lstm({ units: 2, returnSequences: true, kernelInitializer: seeded(1) }) as tf.RNN;

function shared(): tf.LayersModel {
  const inputs = [tf.input({ shape: [2, 3] })];
  const twice = frozen(dense('twice'));
  const once = twice.apply(inputs[0] as tf.SymbolicTensor) as tf.SymbolicTensor;
  const sum = L.add().apply([twice.apply(once) as tf.SymbolicTensor, once]);
  const outputs = dense('head', 1).apply(L.flatten().apply(sum)) as tf.SymbolicTensor;
  return tf.model({ inputs, outputs });
}

const MODELS: readonly (readonly [string, () => tf.LayersModel])[] = [
  ['a functional model inside', () => headed(frozen(functionalBase()))],
  ['a sequential model inside', () => headed(frozen(sequentialBase()))],
  [
    'a model in a model inside',
    () =>
      headed(frozen(tf.sequential({ name: 'outer', layers: [functionalBase(), dense('third')] }))),
  ],
  ['a layer', () => headed(frozen(dense('first')))],
  ['batch normalisation', () => headed(frozen(L.batchNormalization({ name: 'norm' })))],
  ['timeDistributed', () => headed(frozen(L.timeDistributed({ layer: dense('inner') })))],
  [
    'what timeDistributed wraps',
    () => headed(L.timeDistributed({ layer: frozen(dense('inner')) })),
  ],
  ['bidirectional', () => headed(frozen(L.bidirectional({ layer: lstm(), mergeMode: 'sum' })))],
  [
    'what bidirectional wraps',
    () => headed(L.bidirectional({ layer: frozen(lstm()), mergeMode: 'sum' })),
  ],
  ['a recurrent layer', () => headed(frozen(lstm()))],
  ['a cell', () => headed(L.rnn({ cell: frozen(L.gruCell({ units: 2 })), returnSequences: true }))],
  [
    'stacked cells, and a layer',
    () => {
      const cell = L.stackedRNNCells({ cells: [L.gruCell({ units: 2 })] }) as never;
      return headed(frozen(dense('first')), frozen(L.rnn({ cell, returnSequences: true })));
    },
  ],
  ['a shared layer', shared],
];

function changed(delta: Awaited<ReturnType<ReturnType<typeof trainerFor>>>['delta']): string[] {
  return Object.entries(delta)
    .filter(([, { data }]) => data.some((value) => value !== 0))
    .map(([name]) => name);
}

const HEAD = ['head/bias', 'head/kernel'];

describe.each(MODELS)('%s that is frozen', (_, make) => {
  const rebuilt = (): Promise<tf.LayersModel> => modelFromArchitecture(architectureOf(make()));

  it.each([
    ['stays', async () => make()],
    ['stays on a device', rebuilt],
  ] as const)('%s, and the rest trains', async (__, build) => {
    const model = await build();
    const roles = layoutOf(model);
    const trained = roles.filter(({ role }) => role === 'trained').map(({ name }) => name);
    expect(trained.sort()).toEqual(HEAD);
    expect(roles.filter(({ role }) => role === 'statistic')).toEqual([]);
    const { delta } = await trainerFor(model, sequenceData())(weightsOf(model), plan);
    expect(changed(delta).sort()).toEqual(HEAD);
    for (const { name } of roles.filter(({ role }) => role === 'frozen'))
      expect(delta[name]?.data.every((value) => Object.is(value, 0))).toBe(true);
  });

  it('keeps its names and its order when it is frozen', async () => {
    const model = make();
    const names = layoutOf(model).map(({ name }) => name);
    expect(layoutOf(await rebuilt()).map(({ name }) => name)).toEqual(names);
  });
});

it('frozen batch normalisation uses its moving averages, as Keras defines it', async () => {
  for (const trainable of [true, false]) {
    const norm = L.batchNormalization({ name: 'norm' });
    norm.trainable = trainable;
    const model = headed(norm);
    const data = sequenceData();
    const weights = weightsOf(model);
    const { metrics } = await evaluate(model, data, { weights, loss: 'meanSquaredError' });
    const losses: number[] = [];
    const training = { ...plan.training, epochs: 1, batchSize: 24 };
    await trainerFor(model, data)(
      weights,
      { training },
      { onProgress: ({ loss }) => losses.push(loss) },
    );
    const isInference = Math.abs((losses[0] ?? 0) - (metrics['loss'] ?? 0)) < 1e-4;
    expect(isInference).toBe(!trainable);
  }
});

it('the layer is left as it was', async () => {
  const norm = frozen(L.batchNormalization({ name: 'norm' }));
  const { call } = norm;
  const model = headed(norm);
  await trainerFor(model, sequenceData())(weightsOf(model), plan);
  expect(norm.call).toBe(call);
  expect(norm.trainable).toBe(false);
});

it('a constraint that moves a frozen weight when it is loaded makes no update of it', async () => {
  const model = headed(
    frozen(L.dense({ name: 'first', units: 3, kernelConstraint: tf.constraints.unitNorm({}) })),
  );
  const weights = weightsOf(model);
  weights['first/kernel']?.data.fill(3);
  const { delta } = await trainerFor(model, sequenceData())(weights, plan);
  expect(changed(delta).sort()).toEqual(HEAD);
});

it('a model that is frozen as a whole is refused before training', async () => {
  const model = frozen(headed(dense('first')));
  await expect(trainerFor(model, sequenceData())(weightsOf(model), plan)).rejects.toMatchObject({
    code: 'layer-unsupported',
    message: expect.stringMatching(
      /^The model has no weight to train, .*trainable = true of the model and/,
    ),
  });
});

it('unfrozen again, everything trains', async () => {
  const base = frozen(functionalBase());
  base.trainable = true;
  const model = await modelFromArchitecture(architectureOf(headed(base)));
  const { delta } = await trainerFor(model, sequenceData())(weightsOf(model), plan);
  // The bias in front of a batch normalisation has no gradient but rounding.
  const still = Object.keys(delta).filter((name) => !changed(delta).includes(name));
  expect(still.filter((name) => name !== 'base/first/bias')).toEqual([]);
});

it('a layer frozen in part is no topology, and is refused by its name', () => {
  const both = L.bidirectional({ layer: lstm(), mergeMode: 'sum' });
  const model = headed(both);
  (Reflect.get(both, 'forwardLayer') as tf.layers.Layer).trainable = false;
  expect(() => architectureOf(model)).toThrow(
    expect.objectContaining({
      code: 'architecture-invalid',
      message: expect.stringMatching(/^Layer "bidirectional_.*" is frozen in part/),
    }),
  );
});
