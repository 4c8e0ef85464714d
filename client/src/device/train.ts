import type { Metrics, NamedTensors, TrainingPlan } from '../protocol/index.ts';

/** How far local training is, in a unit the train function chooses. */
export interface TrainProgress {
  /** Units finished; 0 … `total`. */
  readonly done: number;
  /** Units in all. */
  readonly total: number;
  /** What is counted, such as `batch`. @default 'batch' */
  readonly unit?: string | undefined;
}

/** What a train function is given besides weights and plan. */
export interface TrainContext {
  /** Aborts when the caller of `participate` does; stop soon and throw `signal.reason`. */
  readonly signal: AbortSignal;
  /** Tells progress; calls after training ended or was aborted are ignored. */
  readonly onProgress: (progress: TrainProgress) => void;
}

interface TrainResultCommon {
  /** Training examples behind the result; an integer, 1 … 2^53 − 1. The plan's cap bounds its weight. */
  readonly exampleCount: number;
  /**
   * Finite numbers to report, at most 16, such as the training's loss. What can't be sent is left out,
   * and told as a `notice`.
   *
   * @default {}
   */
  readonly metrics?: Metrics | undefined;
}

/**
 * What training yields: the trained weights, or their difference from the received ones. Either has
 * every tensor of the plan in the plan's shapes, as `Float32Array`; elements in a `Float64Array` or a list of
 * numbers are rounded to float32. Frozen tensors may be left out, and are never sent.
 */
export type TrainResult = TrainResultCommon &
  (
    | {
        /** The weights after training; the delta is taken from them. */
        readonly weights: NamedTensors;
        readonly delta?: undefined;
      }
    | {
        /** Trained minus received, each element rounded once to float32. */
        readonly delta: NamedTensors;
        readonly weights?: undefined;
      }
  );

/**
 * Trains on what is local to the device. Examples never leave it: only the result does.
 *
 * @param weights - The base version, float32; the function owns these arrays and may change them.
 * @param plan - Architecture, hyper-parameters and tensor specs of the model.
 * @param context - Abort signal and progress.
 */
export type TrainFunction = (
  weights: NamedTensors,
  plan: TrainingPlan,
  context: TrainContext,
) => Promise<TrainResult> | TrainResult;
