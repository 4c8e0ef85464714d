import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import {
  architectureOf,
  evaluate,
  prepareEngine,
  trainerFor,
  weightsOf,
} from '@tributary/client/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digitTensors, loadDigits } from '../../../examples/digits/data.ts';
import { digitsModel, digitsTraining } from '../../../examples/digits/model.ts';
import { startTrainingPool, type TrainingPool } from '../../../examples/digits/training-pool.ts';

const digits = await loadDigits();
/** Three devices of two hundred images, so that a training takes a moment only. */
const shards = [0, 200, 400].map((begin) => Int32Array.from({ length: 200 }, (_, i) => begin + i));
const engine = await prepareEngine();
const model = digitsModel(1);
const weights = weightsOf(model);
const plan = {
  architecture: architectureOf(model),
  training: { ...digitsTraining(1) } as never,
};

describe('a pool of two threads', () => {
  let pool: TrainingPool;

  beforeAll(async () => {
    pool = await startTrainingPool({ digits, shards, workers: 2 });
  });

  afterAll(() => pool.close());

  it('computes with the engine this thread would use', () => {
    expect(pool.engine).toEqual(engine);
    expect(pool.workerCount).toBe(2);
  });

  it('trains as this thread does, whichever thread takes a job', async () => {
    const outcomes = await Promise.all(
      [0, 1, 2, 0, 1, 2].map((device) => pool.trainer(device)(weights, plan)),
    );
    for (const device of [0, 1, 2]) {
      const data = digitTensors(digits.training, shards[device] ?? []);
      const here = await trainerFor(digitsModel(1), data, { seed: device })(weights, plan);
      expect(outcomes[device]).toEqual(here);
      expect(outcomes[device + 3]).toEqual(here);
      expect(here.exampleCount).toBe(200);
    }
    expect(outcomes[0]?.delta).not.toEqual(outcomes[1]?.delta);
  });

  it('evaluates over all ten thousand test images, as this thread does', async () => {
    const { exampleCount, metrics } = await pool.evaluate(weights, plan);
    expect(exampleCount).toBe(10_000);
    const all = digitTensors(
      digits.test,
      Int32Array.from({ length: 10_000 }, (_, i) => i),
    );
    const here = await evaluate(model, all, {
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
    });
    expect(metrics['accuracy']).toBeCloseTo(here.metrics['accuracy'] ?? 0, 6);
    expect(metrics['loss']).toBeCloseTo(here.metrics['loss'] ?? 0, 4);
  });

  it('reports every batch', async () => {
    const done: number[] = [];
    await pool.trainer(0)(weights, plan, { onProgress: (progress) => done.push(progress.done) });
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('F24: an abort rejects with its reason, whether the job runs or waits, and the pool goes on', async () => {
    const alone = await pool.trainer(1)(weights, plan);
    const controller = new AbortController();
    const { signal } = controller;
    let reports = 0;
    const onProgress = (): void => {
      reports++;
      controller.abort(new Error('Enough'));
    };
    const long = { ...plan, training: { ...digitsTraining(1), epochs: 1000 } as never };
    const jobs = [0, 1, 2].map((device) =>
      pool.trainer(device)(weights, long, { signal, onProgress }),
    );
    for (const outcome of await Promise.allSettled(jobs))
      expect(outcome).toMatchObject({ status: 'rejected', reason: signal.reason });
    expect(reports).toBe(1);
    await expect(pool.trainer(0)(weights, plan, { signal })).rejects.toBe(signal.reason);
    expect(await pool.trainer(1)(weights, plan)).toEqual(alone);
  });

  it('passes errors on with their code', async () => {
    const bad = { ...plan, training: { ...digitsTraining(1), epochs: 0 } as never };
    await expect(pool.trainer(0)(weights, bad)).rejects.toMatchObject({
      name: 'TrainingFailedError',
      code: 'training-settings-invalid',
    });
  });

  it('knows its devices', () => {
    expect(() => pool.trainer(3)).toThrow('Device 3 holds no images, expected 0 … 2');
  });

  it('a poisoned device returns nothing but NaN', async () => {
    const { delta, exampleCount } = await pool.trainer(2, { poison: 'nan' })(weights, plan);
    expect(exampleCount).toBe(200);
    expect(Object.keys(delta)).toEqual(Object.keys(weights));
    for (const [name, { data, shape }] of Object.entries(delta)) {
      expect(shape).toEqual(weights[name]?.shape);
      expect(data.every(Number.isNaN)).toBe(true);
    }
  });
});

it('closing a pool rejects what is under way and what waits, and again is harmless', async () => {
  const pool = await startTrainingPool({ digits, shards, workers: 1 });
  const long = { ...plan, training: { ...digitsTraining(1), epochs: 1000 } as never };
  const jobs = [0, 1].map((device) => pool.trainer(device)(weights, long));
  const settled = Promise.allSettled(jobs);
  await pool.close();
  for (const outcome of await settled) expect(outcome).toMatchObject({ status: 'rejected' });
  await pool.close();
});

it('a program ends by itself once its pool is closed', async () => {
  const script = `
    import { startTrainingPool } from './examples/digits/training-pool.ts';
    import { loadDigits } from './examples/digits/data.ts';
    const pool = await startTrainingPool({ digits: await loadDigits(), shards: [], workers: 1 });
    await pool.close();
    console.log(pool.engine.backend);`;
  const argv = ['-C', 'tributary-source', '--import', 'tsx', '--input-type=module', '-e', script];
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const child = spawn(process.execPath, argv, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  expect({ code, output: await output }).toEqual({ code: 0, output: `${engine.backend}\n` });
});
