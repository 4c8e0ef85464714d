import type { Device } from '../device/device.ts';
import { globalEnvironment } from '../device/environment.ts';
import type { DeviceOutcome } from '../device/outcome.ts';
import type { OnProgress } from '../device/progress.ts';
import { TributaryError } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { type PassingFailure, passingFailure } from './passing-failures.ts';

/** Wait after the federation could not be reached: a device tries for minutes itself. */
const UNREACHABLE_WAIT_SECONDS = 60;

/**
 * Participations that a device of several rounds begins at an address that has never answered: a machine
 * that starts before its network has it in that many minutes, and a wrong address ends the command.
 */
const FIRST_CONTACTS_MAX = 5;

/** Bounds of the doubling wait after trainings that failed: the round may be the same for a while. */
const RETRAIN_WAIT_SECONDS_MIN = 60;
const RETRAIN_WAIT_SECONDS_MAX = 3600;

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
  /** Told what a device of several rounds goes on after. */
  readonly onFailure: (failure: ToldFailure) => void;
}

/** What a device of several rounds goes on after, and when. */
export interface ToldFailure {
  readonly error: TributaryError;
  readonly kind: PassingFailure;
  /** Seconds until the next participation; `undefined` when this was the last. */
  readonly waitSeconds: number | undefined;
}

/** A participation: its outcome, or what it failed of and will not fail of for ever. */
type Participation =
  | { readonly kind: 'outcome'; readonly outcome: DeviceOutcome }
  | { readonly kind: PassingFailure; readonly error: TributaryError };

/**
 * Takes part once, or in several rounds with the waits the coordinator asks for in between. A round whose
 * training failed counts as one.
 *
 * @throws What `Device.participate` throws. Of several rounds, what will pass is told to `onFailure`
 * instead: a training that diverged, and that the federation is out of reach; at most
 * {@link FIRST_CONTACTS_MAX} times before its first answer, unless the device never ends.
 */
export async function takePart(repetition: Repetition): Promise<void> {
  const { rounds, signal } = repetition;
  let hasTakenPart = false;
  let contacts = 0;
  let failedTrainings = 0;
  for (let count = 0; count < rounds; ) {
    contacts += 1;
    const participation = await participate(repetition, { hasTakenPart, contacts });
    hasTakenPart ||= participation.kind !== 'connection';
    failedTrainings = participation.kind === 'training' ? failedTrainings + 1 : 0;

    const waitSeconds = waitAfter(participation, failedTrainings);
    if (waitSeconds === undefined || participation.kind === 'training') count += 1;
    else if (rounds === 1) return;
    tellFailure(participation, repetition, count < rounds ? waitSeconds : undefined);
    if (waitSeconds !== undefined && count < rounds) {
      await globalEnvironment.sleep(waitSeconds * 1000, signal);
    }
  }
}

function tellFailure(
  participation: Participation,
  { onFailure }: Repetition,
  waitSeconds: number | undefined,
): void {
  if (participation.kind === 'outcome') return;
  const { error, kind } = participation;
  onFailure({ error, kind, waitSeconds });
}

/** How well the federation is known. */
interface Acquaintance {
  /** True once it has answered. */
  readonly hasTakenPart: boolean;
  /** Participations begun. */
  readonly contacts: number;
}

async function participate(
  repetition: Repetition,
  { hasTakenPart, contacts }: Acquaintance,
): Promise<Participation> {
  const { device, model, rounds, signal, onProgress, onOutcome } = repetition;
  try {
    const outcome = await device.participate(model, { signal, onProgress });
    onOutcome(outcome);
    return { kind: 'outcome', outcome };
  } catch (error) {
    if (rounds === 1 || !(error instanceof TributaryError)) throw error;
    const kind = passingFailure(error, hasTakenPart);
    const isGivenUp =
      kind === 'connection' &&
      !hasTakenPart &&
      contacts >= FIRST_CONTACTS_MAX &&
      rounds !== Number.POSITIVE_INFINITY;
    if (kind === undefined || isGivenUp) throw error;
    return { kind, error };
  }
}

/** Seconds to wait before the next participation; `undefined` after a round that was taken part in. */
function waitAfter(participation: Participation, failedTrainings: number): number | undefined {
  if (participation.kind === 'outcome') {
    const { outcome } = participation;
    return hasOwn(outcome, 'retryAfterSeconds') ? outcome.retryAfterSeconds : undefined;
  }
  if (participation.kind === 'connection') return UNREACHABLE_WAIT_SECONDS;
  const seconds = RETRAIN_WAIT_SECONDS_MIN * 2 ** (failedTrainings - 1);
  return Math.min(RETRAIN_WAIT_SECONDS_MAX, seconds);
}

/** What an outcome is to a script: only a lost update needs attention. */
export function outcomeExitCode({ kind }: DeviceOutcome): ExitCode {
  if (kind === 'rejected') return EXIT_CODES.refused;
  return kind === 'aborted' ? EXIT_CODES.aborted : EXIT_CODES.success;
}
