/** Every layer of tfjs in random configurations: its gradients are right, or it is refused by name. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Comparisons, compareGradients } from './gradients/differences.ts';
import { Draw } from './gradients/draw.ts';
import type { LayerMaker, LayerProbe } from './gradients/layer-probe.ts';
import { plainLayers } from './gradients/plain-layers.ts';
import { sequenceLayers } from './gradients/sequence-layers.ts';
import { windowLayers } from './gradients/window-layers.ts';
import { prepareBackends, useBackend } from './support/backends.ts';

beforeAll(prepareBackends);

/** `GRADIENT_SEEDS=100` tries more of each layer. */
const CONFIGURATIONS = Number(process.env['GRADIENT_SEEDS'] ?? 5);

const MAKERS: Readonly<Record<string, LayerMaker>> = {
  ...plainLayers,
  ...sequenceLayers,
  ...windowLayers,
};

/** What tfjs can't compute, or has no gradient of, in any or in some configurations. */
const REFUSED: Readonly<Record<string, 'always' | 'partly'>> = {
  batchNormalization: 'partly',
  categoryEncoding: 'partly',
  centerCrop: 'always',
  conv1d: 'partly',
  layerNormalization: 'partly',
  masking: 'always',
  randomWidth: 'always',
  resizing: 'always',
  separableConv2d: 'partly',
  thresholdedReLU: 'always',
  timeDistributed: 'partly',
};

/** Other names of layers, base classes, and the one that has nothing to train. */
const OTHER_FACTORIES = new Set([
  'Layer',
  'RNN',
  'RNNCell',
  'avgPool1d',
  'avgPool2d',
  'avgPool3d',
  'avgPooling1d',
  'avgPooling2d',
  'avgPooling3d',
  'globalMaxPool1d',
  'globalMaxPool2d',
  'input',
  'inputLayer',
  'maxPool1d',
  'maxPool2d',
]);

interface Tried {
  readonly compared: number;
  readonly kinks: number;
  readonly refused: number;
}

/** Fails on any refusal that doesn't name the layer. */
function refusalOf(error: unknown, { layer }: LayerProbe): undefined {
  const name = `Layer ${layer.name} (${layer.getClassName()}) can't be trained on backend `;
  expect(error).toMatchObject({
    code: 'layer-unsupported',
    message: expect.stringContaining(name),
  });
  return undefined;
}

function compared(probe: LayerProbe, seed: number): Comparisons | undefined {
  try {
    return compareGradients(probe, seed);
  } catch (error) {
    return refusalOf(error, probe);
  }
}

function tryLayer(make: LayerMaker): Tried {
  const tried = { compared: 0, kinks: 0, refused: 0 };
  for (let seed = 1; seed <= CONFIGURATIONS; seed++) {
    const probe = make(new Draw(seed));
    const result = compared(probe, seed);
    if (result === undefined) tried.refused += 1;
    tried.compared += result?.compared.length ?? 0;
    tried.kinks += result?.kinks ?? 0;
    const wrong = result?.compared.filter(({ error, tolerance }) => !(error <= tolerance)) ?? [];
    const { shapes, layer } = probe;
    expect({ seed, shapes, config: layer.getConfig(), wrong }).toMatchObject({ wrong: [] });
  }
  return tried;
}

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(Object.entries(MAKERS))('%s', (name, make) => {
    const { compared: count, kinks, refused } = tryLayer(make);
    if (REFUSED[name] === 'always') expect(refused).toBe(CONFIGURATIONS);
    else expect(count).toBeGreaterThan(4 * kinks);
    if (REFUSED[name] === undefined) expect(refused).toBe(0);
  });

  it('an average doesn’t count the padding, nor does its gradient', () => {
    const average = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, 2, 1, 'same');
    const gradient = tf.grad((x) => tf.sum(average(x)))(tf.ones([1, 2, 2, 1]));
    expect([...gradient.dataSync()]).toEqual([0.25, 0.75, 0.75, 2.25]);
  });
});

it('no layer of tfjs is left out', () => {
  const factories = Object.keys(tf.layers).filter((name) => !OTHER_FACTORIES.has(name));
  expect(Object.keys(MAKERS).sort()).toEqual(factories.sort());
});
