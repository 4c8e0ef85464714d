import { abortReason } from './abort.ts';

/** The outside world as the library sees it, so that tests own time, chance and the network. */
export interface Environment {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after `ms` milliseconds; rejects with `signal.reason` when aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Calls `callback` after `ms` milliseconds, unless the returned function is called first. */
  readonly startTimer: (ms: number, callback: () => void) => () => void;
}

/** Longest delay timers take before they overflow to 1 ms. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function startTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, Math.min(ms, TIMER_MS_MAX));
  return () => clearTimeout(timer);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const onAbort = () => {
      cancel();
      reject(abortReason(signal));
    };
    const cancel = startTimer(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Standard globals of Node and browsers; `fetch` is looked up at each call. */
export const globalEnvironment: Environment = {
  fetch: (url, init) => globalThis.fetch(url, init),
  now: () => Date.now(),
  random: () => Math.random(),
  sleep,
  startTimer,
};
