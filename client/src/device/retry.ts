import type { TributaryError } from '../protocol/index.ts';
import { throwIfAborted } from './abort.ts';
import type { Environment } from './environment.ts';

/** First bound of the random wait, in milliseconds; doubles with each attempt. */
const BACKOFF_BASE_MS = 500;

/** Largest bound of the random wait: half a minute keeps a device's share of a short round. */
export const BACKOFF_CAP_MS = 30_000;

/** Time after which a device gives a request up: five minutes outlast a deployment and most tunnels. */
export const RETRY_TOTAL_MS: number = 5 * 60_000;

/**
 * Time after which to give up an address where nobody ever was, in milliseconds: more likely it is
 * wrong than that a deployment or a local cloud takes longer to start.
 */
export const NOBODY_THERE_TOTAL_MS = 30_000;

/** Attempts made however long they took: on a slow line one transfer alone may outlast the total. */
export const ATTEMPTS_MIN = 3;

/** No other attempt makes a server do what it has not. */
const NOT_IMPLEMENTED = 501;

/** `again`: nothing is known to be wrong with the request itself; the same one may be sent again. */
export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | {
      readonly kind: 'again';
      readonly error: TributaryError;
      readonly retryAfterSeconds?: number | undefined;
      /** True when nobody is at the address. @default false */
      readonly isNobodyThere?: boolean | undefined;
      /** True when the browser lets no answer through. @default false */
      readonly isBlocked?: boolean | undefined;
    };

/** A wait before the next attempt. */
export interface RetryWait {
  /** Attempts made; ≥ 1. */
  readonly attempt: number;
  /** What the last of them came to. */
  readonly error: TributaryError;
  /** When the next one begins, in milliseconds since the epoch. */
  readonly retryAt: number;
}

/** What waiting and giving up depend on. */
export interface RetryContext {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Time after which to give up, in milliseconds. @default {@link RETRY_TOTAL_MS} */
  readonly retryTotalMs?: number | undefined;
  /**
   * Time after which to give up while every attempt found nobody at the address, in milliseconds.
   *
   * @default `retryTotalMs`
   */
  readonly nobodyThereTotalMs?: number | undefined;
  /** Told before each wait. */
  readonly onWait?: ((wait: RetryWait) => void) | undefined;
}

/**
 * Repeats an attempt until it is done, waiting a uniformly random time below a doubling bound ("full
 * jitter") so that many devices do not return in step. What the other side asks for in `retry-after`
 * is waited on top.
 *
 * @throws The last attempt's error when the total time would be over before the next attempt and
 * {@link ATTEMPTS_MIN} were made, or when a single wait would last as long; the last error of
 * {@link ATTEMPTS_MIN} that the browser blocked, because one alone may be a broken connection;
 * `signal.reason` when aborted; whatever `onWait` throws.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function withRetries<T>(
  attempt: () => Promise<Attempt<T>>,
  { environment, signal, onWait, ...bounds }: RetryContext,
): Promise<T> {
  const { retryTotalMs = RETRY_TOTAL_MS, nobodyThereTotalMs = retryTotalMs } = bounds;
  const startedAt = environment.now();
  let wasNobodyThere = true;
  let wasBlocked = true;
  for (let count = 1; ; count += 1) {
    throwIfAborted(signal);
    const outcome = await attempt();
    if (outcome.kind === 'done') return outcome.value;
    const waitMs = (outcome.retryAfterSeconds ?? 0) * 1000 + jitterMs(environment, count);
    wasNobodyThere &&= outcome.isNobodyThere ?? false;
    wasBlocked &&= outcome.isBlocked ?? false;
    const patienceMs = wasNobodyThere ? nobodyThereTotalMs : retryTotalMs;
    const totalMs = wasBlocked ? 0 : patienceMs;
    const retryAt = environment.now() + waitMs;
    const isOver = retryAt - startedAt > totalMs && count >= ATTEMPTS_MIN;
    if (isOver || waitMs > retryTotalMs) throw outcome.error;
    onWait?.({ attempt: count, error: outcome.error, retryAt });
    await environment.sleep(waitMs, signal);
  }
}

function jitterMs(environment: Environment, count: number): number {
  return environment.random() * Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** (count - 1));
}

/** True when the same request may succeed later: time-outs, throttling, faults of the other side. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== NOT_IMPLEMENTED);
}

/**
 * The wait that an answer states. A date is relative to the answer's own, where that can be read: the
 * device's clock may be off by hours.
 *
 * @param now - Milliseconds since the epoch by the device's clock.
 */
export function statedWaitSeconds(headers: Headers, now: number): number | undefined {
  const answeredAt = Date.parse(headers.get('date') ?? '');
  return retryAfterSeconds(headers.get('retry-after'), Number.isNaN(answeredAt) ? now : answeredAt);
}

/**
 * Reads a `retry-after` header: seconds, or an HTTP date. `undefined` when absent or unreadable.
 *
 * @param now - Milliseconds since the epoch, which a date is relative to.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterSeconds(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^[0-9]{1,9}$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
