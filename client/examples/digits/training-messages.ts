/** What the pool and its worker threads say to each other; ids are jobs'. */
import type { ErrorJson, Json, NamedTensors } from '@tributary/client/protocol';
import type {
  BatchProgress,
  EngineBackend,
  EngineReport,
  Evaluation,
  TrainOutcome,
} from '@tributary/client/tfjs';
import type { Digits } from './data.ts';

/** What a worker starts with. */
export interface WorkerSetup {
  readonly digits: Digits;
  /** Training images of each device, by its index. */
  readonly shards: readonly Int32Array[];
  readonly prefer: EngineBackend | undefined;
}

/** The parts of a training plan that a worker needs. */
export interface JobPlan {
  readonly architecture: Json;
  readonly training: Readonly<Record<string, Json>>;
}

/** Work for one worker. */
export type Job =
  | {
      readonly kind: 'train';
      readonly plan: JobPlan;
      readonly weights: NamedTensors;
      readonly device: number;
    }
  | {
      readonly kind: 'evaluate';
      readonly plan: JobPlan;
      readonly weights: NamedTensors;
      /** Test images from `begin` up to, not including, `end`. */
      readonly range: { readonly begin: number; readonly end: number };
    };

export type ToWorker =
  | { readonly kind: 'job'; readonly id: number; readonly job: Job }
  | { readonly kind: 'abort'; readonly id: number };

export type JobResult = TrainOutcome | Evaluation;

/** Errors keep their message across threads, but not their class: what has a code travels as JSON. */
export interface JobFailure {
  readonly error: unknown;
  readonly coded?: ErrorJson | undefined;
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly engine: EngineReport }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: BatchProgress }
  | { readonly kind: 'done'; readonly id: number; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: JobFailure };
