import {
  InvocationFailedError,
  type TributaryError,
  UpdateRejectedError,
} from '../protocol/index.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { explainError } from './explain-error.ts';

/**
 * What a device goes on after: `training` is of one round's training, whose next one may do better;
 * `connection` is of the way to the federation.
 */
export type PassingFailure = 'training' | 'connection';

/** Not a lost connection, and yet of the way: what arrived was another's, such as a login page's. */
const PASSING_CODES: ReadonlySet<string> = new Set(['download-corrupt']);

/** Numbers of one training that would not count: the next round's may. */
const PASSING_REJECTIONS: ReadonlySet<string> = new Set(['non-finite', 'out-of-bounds']);

/**
 * Says whether an error of a participation may be gone at the next one; `undefined` when it would come
 * again.
 *
 * @param hasTakenPart - True when the federation has answered this device before.
 */
export function passingFailure(
  error: TributaryError,
  hasTakenPart: boolean,
): PassingFailure | undefined {
  if (error instanceof UpdateRejectedError) {
    return PASSING_REJECTIONS.has(error.code) ? 'training' : undefined;
  }
  if (hasDiverged(error)) return 'training';
  if (PASSING_CODES.has(error.code)) return 'connection';
  // A token command that worked once may want the network too.
  if (error.code === 'token-failed') return hasTakenPart ? 'connection' : undefined;
  const isUnreachable = explainError(error).exitCode === EXIT_CODES.unreachable;
  return error instanceof InvocationFailedError && isUnreachable ? 'connection' : undefined;
}

/** By its code: a training script may bring another copy of the library. */
function hasDiverged({ code, cause }: TributaryError): boolean {
  if (code !== 'train-failed' || typeof cause !== 'object' || cause === null) return false;
  return (cause as { readonly code?: unknown }).code === 'training-diverged';
}
