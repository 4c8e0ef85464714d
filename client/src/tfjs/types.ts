/** What training takes and gives. */
import type { TrainProgress } from '../device/train.ts';
import type { NamedTensors, TrainingPlan } from '../protocol/index.ts';

/** One batch was trained on. */
export interface BatchProgress extends TrainProgress {
  /** Batches finished; 1 … `total`. */
  readonly done: number;
  /** Batches in all; while a dataset's size isn't known, those so far. */
  readonly total: number;
  readonly unit: 'batch';
  /** From 0. */
  readonly epoch: number;
  /** Loss of the batch, before its step. */
  readonly loss: number;
}

/** Abort signal and progress, both optional. */
export interface TrainCallContext {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BatchProgress) => void) | undefined;
}

/** What local training yields. */
export interface TrainOutcome {
  /** Trained − received, rounded once to float32. */
  readonly delta: NamedTensors;
  /** Training examples behind it; an integer ≥ 1. */
  readonly exampleCount: number;
  /** Means over the examples of the last epoch: `loss`, `accuracy`, …; those that are finite. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The `train` that a device takes; callable without a context too. */
export type Trainer = (
  weights: NamedTensors,
  plan: Pick<TrainingPlan, 'training'>,
  context?: TrainCallContext,
) => Promise<TrainOutcome>;
