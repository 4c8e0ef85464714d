import {
  InvocationFailedError,
  type OutcomeAnswer,
  type RejectionDetail,
  type RoundId,
} from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { OperationContext } from './progress.ts';

/** Shortest wait between two questions, whatever the coordinator asks for. */
const POLL_MS_MIN = 100;

/** Bounds of the doubling wait between two uploads of an update that does not arrive. */
const RESEND_MS_MIN = 1_000;
const RESEND_MS_MAX = 5 * 60_000;

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
        /** An earlier upload of this device, with other bytes, was rejected; this one was not stored. */
        readonly duplicate?: true;
        /** A sentence about it, and the tensor, what was expected and what was found, where there are such. */
        readonly detail?: RejectionDetail;
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
        /** Of `code`. */
        readonly detail?: RejectionDetail;
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
      /** SHA-256 of the update, lower-case hex; absent for one that was there before. */
      readonly sha256?: string;
      /** Wait before taking part again; present for an update that was there before. */
      readonly retryAfterSeconds?: number;
    });

/** An uploaded update. */
export interface UploadedUpdate extends RoundId {
  /** SHA-256 of its bytes, lower-case hex. @default the update that this device uploaded */
  readonly sha256?: string | undefined;
}

/** An update that can be sent again: storage has acknowledged it, and it is not there. */
export interface Resending {
  /** @returns False when the round takes no more. */
  readonly resend: () => Promise<boolean>;
}

/**
 * Asks what became of an update until its round has a result; the coordinator says how long to wait. An
 * update that is missing is sent again, if it can be, less and less often.
 *
 * @throws What {@link CoordinatorClient.outcome} throws; `signal.reason` when aborted.
 */
export async function awaitOutcome(
  update: UploadedUpdate,
  client: CoordinatorClient,
  context: OperationContext & Partial<Resending>,
): Promise<FinalOutcome> {
  const { environment, signal, progress } = context;
  const resender = new Resender(context);
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
    if (answer.kind === 'missing' && (await resender.resend())) report(0);
    const askedMs = hasOwn(answer, 'retryAfterSeconds') ? answer.retryAfterSeconds * 1000 : 0;
    const waitMs = Math.max(POLL_MS_MIN, askedMs) * (1 + POLL_JITTER * environment.random());
    await environment.sleep(waitMs, signal);
  }
}

/** Sends what is missing again: at once, then at most every 1, 2, 4, … seconds. */
class Resender {
  readonly #context: OperationContext & Partial<Resending>;
  #waitMs = RESEND_MS_MIN;
  #nextAt = Number.NEGATIVE_INFINITY;
  #count = 0;
  #isOver = false;

  constructor(context: OperationContext & Partial<Resending>) {
    this.#context = context;
  }

  /** @returns True when the update was sent again. */
  async resend(): Promise<boolean> {
    const { environment, resend, onWait } = this.#context;
    const now = environment.now();
    if (resend === undefined || this.#isOver || now < this.#nextAt) return false;

    this.#count += 1;
    onWait?.({ attempt: this.#count, error: uploadLost(), retryAt: now });
    this.#isOver = !(await resend());
    this.#nextAt = environment.now() + this.#waitMs;
    this.#waitMs = Math.min(RESEND_MS_MAX, this.#waitMs * 2);
    return !this.#isOver;
  }
}

function uploadLost(): InvocationFailedError {
  return new InvocationFailedError(
    'The upload was acknowledged, but storage does not have it: something in between, such as a proxy, answered; the same bytes are sent again',
    { code: 'upload-lost' },
  );
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
      return {
        kind: 'rejected',
        round,
        code: answer.code,
        ...detailOf(answer),
        ...(answer.duplicate === undefined ? {} : { duplicate: answer.duplicate }),
      };
    case 'aborted':
      return {
        kind: 'aborted',
        round,
        reason: answer.reason,
        ...(answer.code === undefined ? {} : { code: answer.code }),
        ...detailOf(answer),
      };
    case 'surplus':
    case 'late':
      return { kind: answer.kind, round };
  }
}

function detailOf({ detail }: { readonly detail?: RejectionDetail | undefined }): {
  readonly detail?: RejectionDetail;
} {
  return detail === undefined ? {} : { detail };
}
