import * as tf from '@tensorflow/tfjs';
import {
  architectureOf,
  exportTfjs,
  modelFromArchitecture,
  prepareEngine,
  trainerFor,
  weightsOf,
} from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SMALL_TRAINING, smallClassifier, smallData } from './support/models.ts';
import { oddModel } from './support/odd-layer.ts';

beforeAll(async () => {
  await prepareEngine();
});

/** Loads exported files as a browser would, over fetch. */
function load(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>): Promise<tf.LayersModel> {
  const fetchFunc = async (url: RequestInfo | URL): Promise<Response> => {
    const bytes = files[String(url).replace('https://models.test/digits/', '')];
    return bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes);
  };
  return tf.loadLayersModel(tf.io.http('https://models.test/digits/model.json', { fetchFunc }));
}

function everyKindOfWeight(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.reshape({ inputShape: [4], targetShape: [2, 2, 1] }),
      tf.layers.conv2d({ filters: 3, kernelSize: 2, padding: 'same' }),
      tf.layers.batchNormalization(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
}

describe('exported files', () => {
  it.each([
    ['dense layers', smallClassifier],
    ['convolution and moving averages', everyKindOfWeight],
    ['weights without elements or dimensions', oddModel],
  ])('load in tfjs and predict the same: %s', async (_, build) => {
    const model = build();
    const { xs, ys } = smallData(40);
    const initial = weightsOf(model);
    await trainerFor(model, { xs, ys })(initial, { training: SMALL_TRAINING });
    const files = exportTfjs(model, weightsOf(model));
    expect(Object.keys(files)).toEqual(['model.json', 'weights.bin']);
    const loaded = await load({ ...files });
    expect(weightsOf(loaded)).toEqual(weightsOf(model));
    const predictions = [model, loaded].map((m) =>
      tf.tidy(() => [...(m.predict(xs) as tf.Tensor).dataSync()]),
    );
    expect(predictions[1]).toEqual(predictions[0]);
  });

  it('hold the weights that were given, not the model’s', async () => {
    const model = smallClassifier();
    const own = weightsOf(model);
    const given = Object.fromEntries(
      Object.entries(own).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.map((value) => value * 3) },
      ]),
    );
    const loaded = await load({ ...exportTfjs(model, given) });
    expect(weightsOf(loaded)).toEqual(given);
    expect(weightsOf(model)).toEqual(own);
  });

  it('of weights that do not fit are refused', () => {
    expect(() => exportTfjs(smallClassifier(), weightsOf(everyKindOfWeight()))).toThrow(
      expect.objectContaining({ code: 'weights-mismatch' }),
    );
  });
});

describe('an architecture', () => {
  it.each([
    ['dense layers', smallClassifier],
    ['automatic names', everyKindOfWeight],
  ])('is JSON that builds the same layout: %s', async (_, build) => {
    const model = build();
    const architecture = architectureOf(model);
    expect(JSON.parse(JSON.stringify(architecture))).toEqual(architecture);
    const before = structuredClone(architecture);
    for (let i = 0; i < 2; i++) {
      const rebuilt = await modelFromArchitecture(architecture);
      expect(architecture).toEqual(before);
      const shapes = (m: tf.LayersModel): unknown =>
        Object.entries(weightsOf(m)).map(([name, { shape }]) => [name, shape]);
      expect(shapes(rebuilt)).toEqual(shapes(model));
      expect(architectureOf(rebuilt)).toEqual(architecture);
    }
  });

  it.each([
    ['null', null],
    ['a number', 3],
    ['an unknown layer', { class_name: 'Magic', config: { name: 'm' } }],
    ['no class', { config: {} }],
    [
      'a manifest of weights to fetch',
      { modelTopology: {}, weightsManifest: [{ paths: ['https://models.test/w'], weights: [] }] },
    ],
  ])('that is %s is refused', async (_, architecture) => {
    await expect(modelFromArchitecture(architecture)).rejects.toMatchObject({
      code: 'architecture-invalid',
      message: expect.stringMatching(/^Plan's architecture is not a tfjs model: /),
    });
  });
});

describe('two weights of one name, in models inside', () => {
  const inner = (name: string): tf.Sequential =>
    tf.sequential({ name, layers: [tf.layers.dense({ name: 'same', inputShape: [3], units: 3 })] });
  const twins = (): tf.Sequential => tf.sequential({ layers: [inner('left'), inner('right')] });

  it('are refused as topology and as export, because tfjs could not load them', async () => {
    const model = twins();
    const refusal = expect.objectContaining({
      code: 'architecture-invalid',
      message: expect.stringMatching(
        /^Two weights have the name "same\/kernel", .*different names$/,
      ),
    });
    expect(() => architectureOf(model)).toThrow(refusal);
    expect(() => exportTfjs(model, weightsOf(model))).toThrow(refusal);
    const weights = model.weights.map((weight) => ({
      name: weight.originalName,
      shape: weight.shape as number[],
      dtype: 'float32' as const,
    }));
    const weightSpecs = {
      modelTopology: model.toJSON(null, false) as object,
      weightSpecs: weights,
    };
    const weightData = new Float32Array(24).buffer;
    const loading = tf.loadLayersModel(tf.io.fromMemory({ ...weightSpecs, weightData }));
    await expect(loading).rejects.toThrow(/Duplicate weight name/);
  });
});
