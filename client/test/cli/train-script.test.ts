import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrainingPlan } from '@tributary/client';
import { expect, test } from 'vitest';
import { loadTrain } from '../../src/cli/train-script.ts';
import { testFolder } from './support/command.ts';

async function load(source: string, name = 'train.mjs') {
  const dataDirectory = await testFolder({ [name]: source });
  const context = { dataDirectory, deviceId: 'ada', model: 'm' };
  return { context, train: await loadTrain(join(dataDirectory, name), context) };
}

const trainContext = { signal: new AbortController().signal, onProgress: () => {} };

test('an exported train is told where its data is', async () => {
  const { context, train } = await load('export const train = (w, p, context) => context;');
  const told = await train({}, {} as TrainingPlan, trainContext);
  expect(told).toEqual({ ...trainContext, ...context });
});

test('a default function makes train once, knowing device, model and data', async () => {
  const { context, train } = await load(
    'export default async (context) => { let runs = 0; return () => ({ context, runs: ++runs }); };',
  );
  await train({}, {} as TrainingPlan, trainContext);
  expect(await train({}, {} as TrainingPlan, trainContext)).toEqual({ context, runs: 2 });
});

test.each([
  ['export const tarin = () => {};', /exports neither train nor a default function/],
  ['export default () => 7;', /returned number, expected a train function/],
  ['export default () => null;', /returned null, expected a train function/],
  ['import "nowhere-to-be-found";', /can't be loaded \(.*nowhere-to-be-found/],
  ['export default (;', /can't be loaded/],
])('%s is refused', async (source, message) => {
  await expect(load(source)).rejects.toThrow(message);
  await expect(load(source)).rejects.toMatchObject({ code: 'script-invalid', exitCode: 2 });
});

test('a file in the place of the folder of data is named as one', async () => {
  const dataDirectory = fileURLToPath(import.meta.url);
  const loading = loadTrain('train.mjs', { dataDirectory, deviceId: 'ada', model: 'm' });
  await expect(loading).rejects.toThrow(/ is a file; give --data the folder that holds it$/);
});

test('a folder of data that is not there is refused', async () => {
  const context = { dataDirectory: '/nowhere/at/all', deviceId: 'ada', model: 'm' };
  await expect(loadTrain('train.mjs', context)).rejects.toMatchObject({ code: 'data-missing' });
});
