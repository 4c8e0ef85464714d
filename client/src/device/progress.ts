import { InvocationFailedError } from '../protocol/index.ts';
import type { RetryContext, RetryWait } from './retry.ts';

/** The parts of an operation that report progress. */
export type ProgressPhase = Progress['phase'];

/**
 * How far a phase is. Downloads count bytes as they arrive. Uploads report 0 and then the total,
 * nothing between: `fetch` tells no one how much of a body was sent. `outcome` counts answers: 0 while
 * waiting, 1 when the outcome is final.
 */
export interface StepProgress {
  readonly phase: 'download' | 'training' | 'upload' | 'outcome';
  /** Units finished; 0 … `total`. Falls back when a download starts again. */
  readonly done: number;
  readonly total: number;
  /** `byte`, `answer`, or what the train function counts. */
  readonly unit: string;
}

/** An attempt got no answer, or one that may be another next time: the same is sent again. */
export interface WaitingProgress {
  readonly phase: 'waiting';
  /** Attempts made; ≥ 1. */
  readonly done: number;
  /** With the next one. */
  readonly total: number;
  readonly unit: 'attempt';
  /** Code of the error the attempt came to, such as `unreachable`. */
  readonly code: string;
  /** Its message. */
  readonly reason: string;
  /** When the next attempt begins, in milliseconds since the epoch. */
  readonly retryAt: number;
}

/** Something of no consequence for the operation that its user should know; it goes on. */
export interface NoticeProgress {
  readonly phase: 'notice';
  /** Number of this notice among those told together; 1 … `total`. */
  readonly done: number;
  readonly total: number;
  readonly unit: 'notice';
  /** `report-left-out`: a metric or member of a training's result is not sent. */
  readonly code: string;
  /** One sentence. */
  readonly reason: string;
}

/** How far an operation is, why it waits, or what it leaves out. */
export type Progress = StepProgress | WaitingProgress | NoticeProgress;

/** Called with each step; whatever it throws ends the operation. */
export type OnProgress = (progress: Progress) => void;

/** Passes progress on until the operation is aborted or over. */
export interface ProgressReporter {
  /** @throws {@link InvocationFailedError} `progress-callback-failed`, from the first failure on. */
  report(progress: Progress): void;
  /** Throws what `report` threw, for callers whose guests may have swallowed it. */
  throwIfFailed(): void;
  /** Nothing is reported from here on. */
  close(): void;
}

/** What every step of an operation is given. */
export interface OperationContext extends RetryContext {
  readonly progress: ProgressReporter;
}

/** A reporter that falls silent on abort and on `close`. */
export function progressReporter(
  onProgress: OnProgress | undefined,
  signal: AbortSignal,
): ProgressReporter {
  let isClosed = false;
  let failure: InvocationFailedError | undefined;
  const throwIfFailed = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    report(progress) {
      throwIfFailed();
      if (isClosed || signal.aborted || onProgress === undefined) return;
      try {
        onProgress(progress);
      } catch (cause) {
        failure = callbackFailed(progress, cause);
        throw failure;
      }
    },
    throwIfFailed,
    close() {
      isClosed = true;
    },
  };
}

/** Tells a reporter of each wait before another attempt. */
export function waitReporter(progress: ProgressReporter): (wait: RetryWait) => void {
  return ({ attempt, error, retryAt }) =>
    progress.report({
      phase: 'waiting',
      done: attempt,
      total: attempt + 1,
      unit: 'attempt',
      code: error.code,
      reason: error.message,
      retryAt,
    });
}

function callbackFailed({ phase }: Progress, cause: unknown): InvocationFailedError {
  return new InvocationFailedError(
    `The progress callback failed during ${phase}; see the cause and correct it`,
    { code: 'progress-callback-failed', detail: { phase }, cause },
  );
}
