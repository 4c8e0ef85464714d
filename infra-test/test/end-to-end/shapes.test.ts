import { Device, type NamedTensors, type WeightInputs } from '@tributary/client';
import { decodeSafetensors, encodeVersion, flattenTensors } from '@tributary/client/protocol';
import {
  architectureOf,
  exportTfjs,
  modelFromArchitecture,
  prepareEngine,
  weightsOf,
} from '@tributary/client/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { oddModel } from '../../../client/test/tfjs/support/odd-layer.ts';
import { type OwnedBucket, openBucket } from './support/bucket.ts';
import { startWorld, type World } from './support/world.ts';

let world: World;
let bucket: OwnedBucket;
beforeAll(async () => {
  world = await startWorld();
  bucket = openBucket(world);
});
afterAll(async () => {
  bucket.close();
  await world.close();
});

/** Every element grown by as much. */
function grown(weights: NamedTensors, growth: number): NamedTensors {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: data.map((value) => value + growth) },
    ]),
  );
}

/** One round of two devices: 1 with weight 1 and 4 with weight 2, so every element grows by 3. */
async function growBy3(model: string): Promise<void> {
  const start = { goal: 2, minimum: 1, deadlineSeconds: 60 };
  const { round } = await world.operator.startRound(model, start);
  const outcomes = await Promise.all(
    [1, 2].map((exampleCount) => {
      const deviceId = `device-${exampleCount}`;
      const growth = 3 * exampleCount - 2;
      const device = new Device({
        federation: world.federationOf(deviceId),
        deviceId,
        train: (weights) => ({ weights: grown(weights, growth), exampleCount }),
      });
      return device.participate(model);
    }),
  );
  expect(outcomes).toEqual(outcomes.map(() => ({ kind: 'accepted', round, version: round })));
}

function published(model: string): Promise<Uint8Array> {
  return bucket.get(`models/${model}/versions/1/model.safetensors`);
}

const shapesOf = (weights: NamedTensors) =>
  Object.entries(weights).map(([name, { shape, data }]) => ({ name, shape, size: data.length }));

describe('F10 tensors without elements and without dimensions', () => {
  it('F10: keep their shapes through a round, and the scalar is averaged', async () => {
    const empty = new Float32Array(0);
    const weights: WeightInputs = {
      e: { dtype: 'F32', shape: [0, 3], data: empty },
      f: { dtype: 'F32', shape: [2, 0], data: empty },
      s: { dtype: 'F32', shape: [], data: Float32Array.of(0.5) },
    };
    await world.operator.createModel({ model: 'empty', weights });
    await growBy3('empty');
    const { version, weights: next } = await world.operator.weights('empty');
    expect(version).toBe(1);
    expect(next).toEqual({
      ...weights,
      s: { dtype: 'F32', shape: [], data: Float32Array.of(3.5) },
    });
    const { tensors } = decodeSafetensors(await published('empty'));
    const entries = tensors.map(({ name, shape, data }) => ({ name, shape, bytes: data.length }));
    expect(entries).toEqual([
      { name: 'e', shape: [0, 3], bytes: 0 },
      { name: 'f', shape: [2, 0], bytes: 0 },
      { name: 's', shape: [], bytes: 4 },
    ]);
  });

  it('F10: are exported as they are, to safetensors and to tfjs', async () => {
    await prepareEngine();
    const built = oddModel();
    const initial = weightsOf(built);
    const plan = { architecture: architectureOf(built) };
    await world.operator.createModel({ model: 'odd', plan, weights: initial });
    await growBy3('odd');
    const { version, weights } = await world.operator.weights('odd');
    const sorted = Object.fromEntries(
      Object.entries(initial).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(shapesOf(weights)).toEqual(shapesOf(sorted));
    expect(shapesOf(weights)).toEqual(
      expect.arrayContaining([
        { name: 'odd/wide', shape: [0, 3], size: 0 },
        { name: 'odd/tall', shape: [2, 0], size: 0 },
        { name: 'odd/factor', shape: [], size: 1 },
      ]),
    );
    expect([...(weights['odd/factor']?.data ?? [])]).toEqual([4]);

    const { plan: stored } = await world.operator.status('odd');
    const file = encodeVersion({ plan: stored, version, weights: flattenTensors(stored, weights) });
    expect(Buffer.compare(file, await published('odd'))).toBe(0);

    const files = exportTfjs(await modelFromArchitecture(stored.architecture), weights);
    // A folder for tfjs has the layers' order, not that of the names.
    const byLayer = Object.keys(initial).map((name) => weights[name]!);
    const { weightsManifest } = JSON.parse(Buffer.from(files['model.json']).toString());
    expect(weightsManifest[0].weights).toEqual(
      byLayer.map(({ shape }) => ({ name: expect.any(String), dtype: 'float32', shape })),
    );
    const data = Buffer.concat(byLayer.map(({ data }) => Buffer.from(data.buffer)));
    expect(Buffer.compare(files['weights.bin'], data)).toBe(0);
  });
});
