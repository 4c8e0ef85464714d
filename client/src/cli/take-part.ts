import type { Device } from '../device/device.ts';
import { globalEnvironment } from '../device/environment.ts';
import type { DeviceOutcome } from '../device/outcome.ts';
import type { OnProgress } from '../device/progress.ts';
import { InvocationFailedError, TributaryError, UpdateRejectedError } from '../protocol/index.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explainError } from './explain-error.ts';

/** Wait of a device that never stops after the federation could not be reached: it tries for minutes itself. */
const UNREACHABLE_WAIT_SECONDS = 60;

/** How often to take part. */
export interface Repetition {
  readonly device: Pick<Device, 'participate'>;
  readonly model: string;
  /** Rounds to take part in; 1 also ends when there is none, `Infinity` never ends. */
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Told every outcome as it comes. */
  readonly onOutcome: (outcome: DeviceOutcome) => void;
  /** Told what a device that never stops goes on after. */
  readonly onFailure: (error: TributaryError) => void;
}

/**
 * What a device that never stops goes on after although it is no lost connection: what arrived was
 * another's, such as a login page's.
 */
const PASSING_CODES: ReadonlySet<string> = new Set(['download-corrupt']);

/**
 * Takes part once, or in several rounds with the waits the coordinator asks for in between.
 *
 * @throws What `Device.participate` throws.
 */
export async function takePart(repetition: Repetition): Promise<void> {
  const { rounds, signal, onOutcome } = repetition;
  let hasTakenPart = false;
  for (let count = 0; count < rounds; ) {
    const outcome = await participate(repetition, hasTakenPart);
    if (outcome !== undefined) onOutcome(outcome);
    hasTakenPart ||= outcome !== undefined;
    const waitSeconds = waitAfter(outcome);
    if (waitSeconds === undefined) count += 1;
    else if (rounds === 1) return;
    else await globalEnvironment.sleep(waitSeconds * 1000, signal);
  }
}

async function participate(
  repetition: Repetition,
  hasTakenPart: boolean,
): Promise<DeviceOutcome | undefined> {
  const { device, model, rounds, signal, onProgress, onFailure } = repetition;
  try {
    return await device.participate(model, { signal, onProgress });
  } catch (error) {
    const isEndless = rounds === Number.POSITIVE_INFINITY;
    if (!isEndless || !(error instanceof TributaryError)) throw error;
    if (!willPass(error, hasTakenPart)) throw error;
    onFailure(error);
    return undefined;
  }
}

/** Numbers of one training that would not count: the next round's may. */
const PASSING_REJECTIONS: ReadonlySet<string> = new Set(['non-finite', 'out-of-bounds']);

/** Whether a device that never stops goes on after an error. */
function willPass(error: TributaryError, hasTakenPart: boolean): boolean {
  if (error instanceof UpdateRejectedError) return PASSING_REJECTIONS.has(error.code);
  if (PASSING_CODES.has(error.code)) return true;
  // A token command that worked once may want the network too.
  if (error.code === 'token-failed') return hasTakenPart;
  const isUnreachable = explainError(error).exitCode === EXIT_CODES.unreachable;
  return error instanceof InvocationFailedError && isUnreachable;
}

/** Seconds to wait when there was no round to take part in. */
function waitAfter(outcome: DeviceOutcome | undefined): number | undefined {
  if (outcome === undefined) return UNREACHABLE_WAIT_SECONDS;
  return 'retryAfterSeconds' in outcome ? outcome.retryAfterSeconds : undefined;
}

/** What an outcome is to a script: only a lost update needs attention. */
export function outcomeExitCode({ kind }: DeviceOutcome): ExitCode {
  if (kind === 'rejected') return EXIT_CODES.refused;
  return kind === 'aborted' ? EXIT_CODES.aborted : EXIT_CODES.success;
}
