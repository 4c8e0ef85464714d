/** One thread of the training pool: an engine of its own, one job at a time. */
import { parentPort, workerData } from 'node:worker_threads';
import type * as tf from '@tensorflow/tfjs';
import {
  evaluate,
  modelFromArchitecture,
  prepareEngine,
  TrainingFailedError,
  trainerFor,
} from '@tributary/client/tfjs';
import { digitTensors } from './data.ts';
import type {
  FromWorker,
  Job,
  JobPlan,
  JobResult,
  ToWorker,
  WorkerSetup,
} from './training-messages.ts';

const { digits, shards, prefer } = workerData as WorkerSetup;
const models = new Map<string, Promise<tf.LayersModel>>();
const running = new Map<number, AbortController>();

/** Every job sets all weights, so that a model can be kept for the next one. */
function modelOf({ architecture }: JobPlan): Promise<tf.LayersModel> {
  const key = JSON.stringify(architecture);
  const model = models.get(key) ?? modelFromArchitecture(architecture);
  models.set(key, model);
  return model;
}

async function withDigits<T>(
  data: ReturnType<typeof digitTensors>,
  use: (data: ReturnType<typeof digitTensors>) => Promise<T>,
): Promise<T> {
  try {
    return await use(data);
  } finally {
    data.xs.dispose();
    data.ys.dispose();
  }
}

async function run(id: number, job: Job, signal: AbortSignal): Promise<JobResult> {
  const model = await modelOf(job.plan);
  const { weights, plan } = job;
  if (job.kind === 'train') {
    const local = digitTensors(digits.training, shards[job.device] ?? []);
    const onProgress = (progress: Extract<FromWorker, { kind: 'progress' }>['progress']): void =>
      send({ kind: 'progress', id, progress });
    return await withDigits(local, (data) =>
      trainerFor(model, data, { seed: job.device })(weights, plan, { signal, onProgress }),
    );
  }
  const { begin, end } = job.range;
  const indices = Int32Array.from({ length: end - begin }, (_, i) => begin + i);
  const loss = 'sparseCategoricalCrossentropy';
  return await withDigits(digitTensors(digits.test, indices), (data) =>
    evaluate(model, data, { weights, loss, metrics: ['accuracy'], signal }),
  );
}

function send(message: FromWorker): void {
  parentPort?.postMessage(message);
}

async function answer(id: number, job: Job): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    send({ kind: 'done', id, result: await run(id, job, controller.signal) });
  } catch (error) {
    const coded = error instanceof TrainingFailedError ? error.toJSON() : undefined;
    send({ kind: 'failed', id, failure: { error, coded } });
  } finally {
    running.delete(id);
  }
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'job') void answer(message.id, message.job);
  else running.get(message.id)?.abort();
});

send({ kind: 'ready', engine: await prepareEngine(undefined, { prefer }) });
