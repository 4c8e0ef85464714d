import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { NamedTensors, TrainingPlan } from '@tributary/client';
import { checkJson, decodeWeights } from '@tributary/client/protocol';
import { exportTfjs, prepareEngine, weightsOf } from '@tributary/client/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ExportFormat, exportFiles } from '../../src/cli/export-files.ts';
import { writeFiles } from '../../src/cli/output-folder.ts';
import { readTfjsModel } from '../../src/cli/tfjs-model.ts';
import { buildPlan } from '../../src/federation/build-plan.ts';
import { planInputSchema } from '../../src/federation/model-input.ts';
import { smallClassifier } from '../tfjs/support/models.ts';
import { testFolder } from './support/command.ts';

beforeAll(async () => {
  await prepareEngine(tf, { prefer: 'cpu' });
});

const TRAINING = { loss: 'categoricalCrossentropy', learningRate: 0.1 };

/** Exports as `model export` does. */
async function exported(format: ExportFormat, plan: TrainingPlan, weights: NamedTensors) {
  const folder = join(await testFolder(), 'made', 'if-needed');
  await writeFiles(folder, await exportFiles(format, plan, { version: 4, weights }));
  return folder;
}

describe('F10 a model of empty tensors and a scalar', () => {
  const weights: NamedTensors = {
    e: { dtype: 'F32', shape: [0, 3], data: new Float32Array(0) },
    f: { dtype: 'F32', shape: [2, 0], data: new Float32Array(0) },
    s: { dtype: 'F32', shape: [], data: Float32Array.of(2.5) },
  };
  const plan = buildPlan({ model: 'empty', weights });

  it('keeps its shapes in safetensors', async () => {
    const folder = await exported('safetensors', plan, weights);
    expect(decodeWeights(await readFile(join(folder, 'model.safetensors')))).toEqual(weights);
  });

  it('keeps its shapes in tfjs, as weights and manifest where the plan has no architecture', async () => {
    const folder = await exported('tfjs', plan, weights);
    const manifest = JSON.parse(await readFile(join(folder, 'weights_manifest.json'), 'utf8'));
    const bytes = new Uint8Array(await readFile(join(folder, 'weights.bin')));
    const tensors = tf.io.decodeWeights(bytes.buffer, manifest[0].weights);
    const read = Object.entries(tensors).map(([name, tensor]) => [name, tensor.shape] as const);
    expect(read).toEqual([
      ['e', [0, 3]],
      ['f', [2, 0]],
      ['s', []],
    ]);
    expect(tensors['s']?.dataSync()).toEqual(Float32Array.of(2.5));
  });
});

describe('the plan file of an export', () => {
  const weights: NamedTensors = {
    kernel: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2) },
    scale: { dtype: 'F32', shape: [], data: Float32Array.of(3) },
    moving_mean: { dtype: 'F32', shape: [1], data: Float32Array.of(4) },
  };
  const plan = buildPlan({
    model: 'stated',
    weights,
    plan: {
      architecture: { kind: 'dense' },
      training: { epochs: 2 },
      update: { exampleCountCap: 100, statisticBoundLog2: 20 },
      strategy: { name: 'fedavgm', options: { momentum: 0.5 } },
      roles: { scale: 'frozen', moving_mean: 'trained' },
    },
  });

  it.each([
    ['safetensors', plan],
    ['tfjs', { ...plan, architecture: null }],
  ] as const)('makes the same plan again beside %s', async (format, given) => {
    const folder = await exported(format, given, weights);
    const text = await readFile(join(folder, 'plan.json'), 'utf8');
    const input = checkJson(planInputSchema, JSON.parse(text), { source: 'plan.json' });
    expect(buildPlan({ model: 'stated', weights, plan: input })).toEqual(given);
  });
});

describe('tfjs models', () => {
  async function classifierFolder() {
    const model = smallClassifier();
    const weights = weightsOf(model);
    const folder = await testFolder();
    await writeFiles(folder, { ...exportTfjs(model, weights) });
    return { folder, weights };
  }

  it('are read with architecture, roles and weights, and exported again unchanged', async () => {
    const { folder, weights } = await classifierFolder();
    const { architecture, roles, weights: read } = await readTfjsModel(folder, TRAINING);
    expect(read).toEqual(weights);
    expect(roles).toEqual(
      Object.fromEntries(Object.keys(weights).map((name) => [name, 'trained'])),
    );
    const plan = buildPlan({ model: 'm', plan: { architecture, roles }, weights: read });
    const again = await exported('tfjs', plan, weights);
    expect(await readdir(again)).toEqual(['model.json', 'plan.json', 'weights.bin']);
    expect((await readTfjsModel(again, TRAINING)).weights).toEqual(weights);
  });

  it.each(['../outside.bin', '/etc/hostname', 'a/../../outside.bin'])(
    'whose manifest names %s, outside their folder, are refused',
    async (path) => {
      const { folder } = await classifierFolder();
      const file = join(folder, 'model.json');
      const json = JSON.parse(await readFile(file, 'utf8'));
      json.weightsManifest[0].paths = [path];
      await writeFile(file, JSON.stringify(json));
      await expect(readTfjsModel(folder, TRAINING)).rejects.toThrow(/are outside its folder/);
    },
  );

  const GIVE = /; give at least --loss and --learning-rate, or training in the file of --plan$/;
  const CORRECT = /; correct the option, or training in the file of --plan$/;

  it.each([
    [
      {},
      /^Plan field training\.learningRate is unusable: missing, expected a finite number; give/,
      GIVE,
    ],
    [
      { learningRate: 0.1 },
      /training\.loss is unusable: missing, expected a text, or a list; give/,
      GIVE,
    ],
    [
      { ...TRAINING, loss: 'meanSquaredEror' },
      /: Unknown loss meanSquaredEror; did you mean meanSquaredError\? expected one of meanSq/,
      CORRECT,
    ],
    [
      { ...TRAINING, metrics: ['acuracy'] },
      /loss and metrics don't fit the model: .*acuracy/,
      CORRECT,
    ],
    [
      { ...TRAINING, optimizer: 'sdg' },
      /training\.optimizer is unusable: got "sdg", expected "sgd"/,
      CORRECT,
    ],
    [{ ...TRAINING, epochs: 0.5 }, /training\.epochs is unusable: got 0\.5/, CORRECT],
  ])(
    'with the settings %j, by which no device could train, are refused',
    async (training, says, remedy) => {
      const { folder } = await classifierFolder();
      await expect(readTfjsModel(folder, training)).rejects.toMatchObject({
        code: 'training-settings-invalid',
        exitCode: 2,
        message: expect.stringMatching(says),
      });
      await expect(readTfjsModel(folder, training)).rejects.toThrow(remedy);
    },
  );

  it('are found by the path of their model.json too', async () => {
    const { folder, weights } = await classifierFolder();
    expect((await readTfjsModel(join(folder, 'model.json'), TRAINING)).weights).toEqual(weights);
  });

  it('whose layers are all frozen are refused', async () => {
    const model = smallClassifier();
    model.trainable = false;
    const folder = await testFolder();
    await writeFiles(folder, { ...exportTfjs(model, weightsOf(model)) });
    await expect(readTfjsModel(folder, TRAINING)).rejects.toThrow(/has no weight to train/);
  });

  it('whose weights are cut short are refused with the reason', async () => {
    const { folder } = await classifierFolder();
    await writeFile(join(folder, 'weights.bin'), new Uint8Array(8));
    await expect(readTfjsModel(folder, TRAINING)).rejects.toMatchObject({
      code: 'tfjs-invalid',
      exitCode: 2,
    });
  });
});

it('a folder that is a file is refused by its name', async () => {
  const folder = await testFolder({ taken: '' });
  await expect(writeFiles(join(folder, 'taken'), {})).rejects.toMatchObject({
    code: 'folder-unwritable',
    exitCode: 2,
  });
});
