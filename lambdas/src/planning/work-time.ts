/** How long a piece of work is given, from what it moves: slower than planned, for a busy moment. */

/** Bytes a task moves in a millisecond at least: a third of the 75 MB/s a function is planned with. */
const BYTES_PER_MS = 25_000;

/** Milliseconds a small request takes where several are under way: a third of the planned speed. */
const REQUEST_MS = 10;

/** No invocation lives longer (Lambda quotas): what was at work on a task is gone by then. */
const INVOCATION_MS_MAX: number = 15 * 60_000;

/** What a piece of work reads and writes, where that is more than a few small objects. */
export interface Work {
  /** Updates that are read one by one. */
  readonly requests: number;
  readonly bytes: number;
}

/** Work of a few small requests. */
export const SMALL_WORK: Work = { requests: 0, bytes: 0 };

/** Milliseconds that work takes at most, waiting for its turn aside. Pure. */
export function workMs({ requests, bytes }: Work): number {
  return requests * REQUEST_MS + Math.ceil(bytes / BYTES_PER_MS);
}

/**
 * Milliseconds until a function that began some work must be done with it or gone. Pure.
 *
 * @param patienceMs - Time that every task is given in addition: queue, cold start, requests.
 */
export function givenMs(work: Work, patienceMs: number): number {
  return Math.min(patienceMs + workMs(work), INVOCATION_MS_MAX);
}
