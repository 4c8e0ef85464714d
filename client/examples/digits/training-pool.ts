/** Worker threads that train and evaluate, so that twenty devices use every core and no more. */
import { availableParallelism } from 'node:os';
import type { NamedTensors } from '@tributary/client/protocol';
import type { BatchProgress, EngineBackend, EngineReport, Evaluation, Trainer, TrainOutcome } from '@tributary/client/tfjs';
import type { Digits } from './data.ts';
import type { Job, JobPlan } from './training-messages.ts';
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
