import { setMaxListeners } from 'node:events';
import type { Device, DeviceOutcome, Federation, Progress, RoundInput } from '@tributary/client';
import { RoundTally } from './round-tally.ts';
import type { RejectedDevice } from './run-record.ts';
import type { RoundProgress } from './terminal-progress.ts';

/** Longest collection time, in seconds: rounds close by their goal, long before. */
const DEADLINE_SECONDS = 600;

/** One device of the example. */
export interface DigitsDevice {
  /** Its name at the identity provider, such as `device-07`. */
  readonly name: string;
  readonly device: Device;
  /** Bytes of the images and labels it keeps. */
  readonly rawBytes: number;
}

/** One round to run. */
export interface RoundRun {
  readonly model: string;
  readonly operator: Federation;
  /** The devices that take part. */
  readonly clients: readonly DigitsDevice[];
  readonly progress: RoundProgress;
  readonly signal: AbortSignal;
}

/** What a round came to, as the operator and the devices see it. */
export interface RoundOutcome {
  readonly round: number;
  readonly version: number | null;
  readonly abortReason: string | null;
  readonly included: number;
  readonly rejected: readonly RejectedDevice[];
  readonly uploadedBytes: number;
}

/** Opens a round, lets every client take part at once, and waits for the result. */
export async function runRound(run: RoundRun): Promise<RoundOutcome> {
  const { model, operator, clients, signal } = run;
  const { round } = await operator.startRound(model, roundOf(clients.length), { signal });
  const tally = new RoundTally(clients.length, run.progress);
  const outcomes = await participateAll(run, tally);
  const result = await operator.waitForRound(model, round, { signal });
  const isPublished = result.kind === 'published';
  return {
    round,
    version: isPublished ? result.version : null,
    abortReason: isPublished ? null : result.reason,
    included: isPublished ? result.included : 0,
    rejected: outcomes.flatMap((outcome, index) => rejection(outcome, clients[index]?.name ?? '')),
    uploadedBytes: tally.uploadedBytes,
  };
}

/** A round that closes when every client's update is there, and is published if half of them count. */
function roundOf(clients: number): RoundInput {
  return {
    goal: clients,
    minimum: Math.ceil(clients / 2),
    deadlineSeconds: DEADLINE_SECONDS,
    overSelection: 1,
  };
}

function rejection(outcome: DeviceOutcome, device: string): RejectedDevice[] {
  if (outcome.kind === 'accepted') return [];
  return [{ device, code: outcome.kind === 'rejected' ? outcome.code : outcome.kind }];
}

/** One device that fails ends the others too: the program is broken then, not the device. */
async function participateAll(
  { model, clients, signal }: RoundRun,
  tally: RoundTally,
): Promise<DeviceOutcome[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  // Each client listens a few times; more than ten listeners are no leak here.
  setMaxListeners(0, either);
  const running = clients.map(async ({ device }, client) => {
    try {
      const onProgress = (progress: Progress) => tally.report(client, progress);
      const outcome = await device.participate(model, { signal: either, onProgress });
      tally.answer();
      return outcome;
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(running);
  return Promise.all(running);
}
