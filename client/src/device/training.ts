import {
  InvocationFailedError,
  type NamedTensors,
  type TrainingPlan,
  TributaryError,
} from '../protocol/index.ts';
import { cleanCause, withoutTensors } from '../protocol/without-values.ts';
import { throwIfAborted, unlessAborted } from './abort.ts';
import { checkTrainResult, type TrainedRound } from './check-train-result.ts';
import type { OperationContext } from './progress.ts';
import type { TrainFunction, TrainResult } from './train.ts';

/** What one run of a train function gets. */
export interface TrainingRun {
  readonly weights: NamedTensors;
  readonly plan: TrainingPlan;
  readonly round: number;
}

/**
 * Runs a device's train function, one run at a time: it may own one model or one GPU. A run that was
 * aborted and has not yet noticed holds the next one back, not the caller who aborted it.
 */
export class Training {
  readonly #train: TrainFunction;
  #last: Promise<unknown> = Promise.resolve();

  constructor(train: TrainFunction) {
    this.#train = train;
  }

  /**
   * @throws {@link InvocationFailedError} `train-failed` with the train function's error as cause,
   * `train-result` when it returns something else than a result; `signal.reason` at once when aborted.
   */
  run(run: TrainingRun, context: OperationContext): Promise<TrainResult> {
    const work = this.#last.then(async () => {
      const result = await this.#trained(run, context);
      return checkTrainResult(result, { model: run.plan.model, round: run.round });
    });
    this.#last = work.catch(() => undefined);
    return unlessAborted(work, context.signal);
  }

  async #trained(
    { weights, plan, round }: TrainingRun,
    context: OperationContext,
  ): Promise<unknown> {
    const { signal, progress } = context;
    throwIfAborted(signal);
    let isTraining = true;
    try {
      const result = await this.#train(weights, plan, {
        signal,
        onProgress: ({ done, total, unit = 'batch' }) => {
          if (isTraining) progress.report({ phase: 'training', done, total, unit });
        },
      });
      progress.throwIfFailed();
      return result;
    } catch (cause) {
      progress.throwIfFailed();
      throw trainFailed(cause, { model: plan.model, round });
    } finally {
      isTraining = false;
    }
  }
}

/** The cause loses the tensors printed in it, because programs log causes too. */
function trainFailed(error: unknown, { model, round }: TrainedRound): InvocationFailedError {
  return new InvocationFailedError(
    `Training for round ${round} of model ${model} failed${kindOf(error)}, nothing was uploaded`,
    {
      code: 'train-failed',
      detail: { phase: 'training', model, round },
      cause: cleanCause(error, withoutTensors),
    },
  );
}

/** Of others' errors the kind alone, not the message: that one may quote the data. Ours never does. */
function kindOf(cause: unknown): string {
  if (isOwnError(cause)) return `: ${cause.message}`;
  return ` (${cause instanceof Error ? cause.name : typeof cause}); see the cause`;
}

/** A training script may bring another copy of this library, whose errors have other classes. */
function isOwnError(cause: unknown): cause is Error {
  if (cause instanceof TributaryError) return true;
  return (
    cause instanceof Error &&
    cause.name === 'TrainingFailedError' &&
    'casualty' in cause &&
    typeof (cause as { readonly code?: unknown }).code === 'string'
  );
}
