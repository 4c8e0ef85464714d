/** Worker threads that train and evaluate, so that twenty devices use every core and no more. */
import { availableParallelism } from 'node:os';
import type { NamedTensors } from '@tributary/client/protocol';
import type {
  EngineBackend,
  EngineReport,
  Evaluation,
  Trainer,
  TrainOutcome,
} from '@tributary/client/tfjs';
import type { Digits } from './data.ts';
import type { Job, JobPlan } from './training-messages.ts';
import { ThreadQueue } from './training-queue.ts';
import { startTrainingThread, type TrainingThread } from './training-thread.ts';

/** The default number of workers stays below it: more would only wait for memory on a laptop. */
const WORKERS_MAX = 2;

/** Test images are cut into this many jobs, however many workers there are, so that means keep their bits. */
const EVALUATION_PARTS = 4;

export interface TrainingPoolOptions {
  readonly digits: Digits;
  /** Training images of each device, by its index; see `shardDigits`. */
  readonly shards: readonly Int32Array[];
  /** @default one for each core, 2 at most */
  readonly workers?: number | undefined;
  /** Backend to try first. @default whatever is fastest */
  readonly prefer?: EngineBackend | undefined;
}

export interface DeviceTrainerOptions {
  /** `nan`: the device misbehaves on purpose and returns nothing but NaN. */
  readonly poison?: 'nan' | undefined;
}

export interface TrainingPool {
  /** What the workers compute with. */
  readonly engine: EngineReport;
  readonly workerCount: number;
  /** The `train` of a device; any worker may run it, with the same result. */
  trainer(device: number, options?: DeviceTrainerOptions): PoolTrainer;
  /** Loss and accuracy over all test images. */
  evaluate(weights: NamedTensors, plan: JobPlan, signal?: AbortSignal): Promise<Evaluation>;
  /** Ends the threads; jobs still under way reject. Again is harmless. */
  close(): Promise<void>;
}

/** A `train` that takes the plan's architecture too. */
export type PoolTrainer = (
  weights: NamedTensors,
  plan: JobPlan,
  context?: Parameters<Trainer>[2],
) => Promise<TrainOutcome>;

function poisoned(weights: NamedTensors, exampleCount: number): TrainOutcome {
  const entries = Object.entries(weights).map(([name, tensor]): [string, NamedTensors[string]] => [
    name,
    { ...tensor, data: new Float32Array(tensor.data.length).fill(Number.NaN) },
  ]);
  return { delta: Object.fromEntries(entries), exampleCount, metrics: {} };
}

/** Mean over parts, weighted by their examples, in the parts' order. */
function merged(parts: readonly Evaluation[]): Evaluation {
  const exampleCount = parts.reduce((sum, part) => sum + part.exampleCount, 0);
  const mean = (name: string): number =>
    parts.reduce((sum, part) => sum + (part.metrics[name] ?? Number.NaN) * part.exampleCount, 0) /
    exampleCount;
  const names = Object.keys(parts[0]?.metrics ?? {});
  return { exampleCount, metrics: Object.fromEntries(names.map((name) => [name, mean(name)])) };
}

/** Test images of each evaluation job. */
function testRanges(count: number): { readonly begin: number; readonly end: number }[] {
  const bound = (i: number): number => Math.floor((i * count) / EVALUATION_PARTS);
  return Array.from({ length: EVALUATION_PARTS }, (_, i) => ({
    begin: bound(i),
    end: bound(i + 1),
  }));
}

/** Starts the threads and waits until every engine is ready; {@link TrainingPool.close} ends them. */
export async function startTrainingPool(options: TrainingPoolOptions): Promise<TrainingPool> {
  const { digits, shards, prefer } = options;
  const workerCount = options.workers ?? Math.min(WORKERS_MAX, availableParallelism());
  const starting = Array.from({ length: workerCount }, () =>
    startTrainingThread({ digits, shards, prefer }),
  );
  const threads = await Promise.all(starting);
  const queue = new ThreadQueue(threads);

  const trainer = (device: number, { poison }: DeviceTrainerOptions = {}): PoolTrainer => {
    const exampleCount = shards[device]?.length;
    if (exampleCount === undefined)
      throw new Error(`Device ${device} holds no images, expected 0 … ${shards.length - 1}`);
    return async (weights, plan, context = {}) => {
      if (poison === 'nan') return poisoned(weights, exampleCount);
      const { architecture, training } = plan;
      const job: Job = { kind: 'train', plan: { architecture, training }, weights, device };
      return (await queue.run(job, context)) as TrainOutcome;
    };
  };

  const evaluate: TrainingPool['evaluate'] = async (weights, plan, signal) => {
    const { architecture, training } = plan;
    const jobs = testRanges(digits.test.count).map((range) =>
      queue.run({ kind: 'evaluate', plan: { architecture, training }, weights, range }, { signal }),
    );
    return merged((await Promise.all(jobs)) as Evaluation[]);
  };

  return {
    engine: (threads[0] as TrainingThread).engine,
    workerCount,
    trainer,
    evaluate,
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
