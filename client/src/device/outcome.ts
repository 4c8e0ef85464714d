import type { OutcomeAnswer, RoundId } from '../protocol/index.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { OperationContext } from './progress.ts';

/** Shortest wait between two questions, whatever the coordinator asks for. */
const POLL_MS_MIN = 100;

/** Share of the coordinator's wait added at random, so that devices spread out. */
const POLL_JITTER = 0.25;

interface InRound {
  /** The round the device took part in, or would have. */
  readonly round: number;
}

/** What became of an uploaded update, once its round has a result. */
export type FinalOutcome = InRound &
  (
    | {
        /** The update is part of `version`. */
        readonly kind: 'accepted';
        readonly version: number;
      }
    | {
        /** An earlier upload of this device, with other bytes, is part of `version`. */
        readonly kind: 'duplicate';
        readonly version: number;
      }
    | {
        /** The update does not count; `code` says why. The round went on without it. */
        readonly kind: 'rejected';
        readonly code: string;
      }
    /** The round was full; the update is valid and does not count. */
    | { readonly kind: 'surplus' }
    /** The round had ended before the update arrived. */
    | { readonly kind: 'late' }
    | {
        /**
         * The round made no version; `reason` says why. With a `code`, this device's own update was
         * rejected besides and would be again.
         */
        readonly kind: 'aborted';
        readonly reason: string;
        readonly code?: string;
      }
  );

/**
 * What a participation came to. All are normal; errors are thrown.
 */
export type DeviceOutcome =
  | FinalOutcome
  | (InRound & {
      /** Other devices were drawn; ask again after the wait. */
      readonly kind: 'not-selected';
      readonly retryAfterSeconds: number;
    })
  | {
      /** No round is open; ask again after the wait. */
      readonly kind: 'no-round';
      readonly retryAfterSeconds: number;
    }
  | (InRound & {
      /** Uploaded; the outcome was not waited for. Ask later with `Device.outcome`. */
      readonly kind: 'received';
      /** SHA-256 of the update, lower-case hex. */
      readonly sha256: string;
    });

/** An uploaded update. */
export interface UploadedUpdate extends RoundId {
  /** SHA-256 of its bytes, lower-case hex. */
  readonly sha256: string;
}

/**
 * Asks what became of an update until its round has a result; the coordinator says how long to wait.
 *
 * @throws What {@link CoordinatorClient.outcome} throws; `signal.reason` when aborted.
 */
export async function awaitOutcome(
  update: UploadedUpdate,
  client: CoordinatorClient,
  context: OperationContext,
): Promise<FinalOutcome> {
  const { environment, signal, progress } = context;
  const report = (done: number) =>
    progress.report({ phase: 'outcome', done, total: 1, unit: 'answer' });
  report(0);
  for (;;) {
    const answer = await client.outcome(update, update.sha256, context);
    const final = finalOutcome(answer, update.round);
    if (final !== undefined) {
      report(1);
      return final;
    }
    const askedMs = 'retryAfterSeconds' in answer ? answer.retryAfterSeconds * 1000 : 0;
    const waitMs = Math.max(POLL_MS_MIN, askedMs) * (1 + POLL_JITTER * environment.random());
    await environment.sleep(waitMs, signal);
  }
}

function finalOutcome(answer: OutcomeAnswer, round: number): FinalOutcome | undefined {
  switch (answer.kind) {
    case 'missing':
    case 'received':
      return undefined;
    case 'accepted':
    case 'duplicate':
      return { kind: answer.kind, round, version: answer.version };
    case 'rejected':
      return { kind: 'rejected', round, code: answer.code };
    case 'aborted':
      return {
        kind: 'aborted',
        round,
        reason: answer.reason,
        ...(answer.code === undefined ? {} : { code: answer.code }),
      };
    case 'surplus':
    case 'late':
      return { kind: answer.kind, round };
  }
}
