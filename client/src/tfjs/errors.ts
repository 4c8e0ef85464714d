/** Why training on this device can't go on. */
import { TributaryError } from '../protocol/errors.ts';
import { cleanCause } from '../protocol/without-values.ts';

/** Codes of {@link TrainingFailedError}. */
export type TrainingFailure =
  | 'architecture-invalid'
  | 'engine-unavailable'
  | 'layer-unsupported'
  | 'tensorflow-duplicate'
  | 'training-data-invalid'
  | 'training-diverged'
  | 'training-settings-invalid'
  | 'weights-mismatch';

/** Local training failed; this device sends no update, the round goes on. */
export class TrainingFailedError extends TributaryError {
  readonly casualty = 'update';
}

/** A {@link TrainingFailedError}, its code checked by the compiler, its cause without values of tensors. */
export function trainingFailed(
  code: TrainingFailure,
  message: string,
  cause?: unknown,
): TrainingFailedError {
  return new TrainingFailedError(message, { code, cause: cleanCause(cause) });
}
