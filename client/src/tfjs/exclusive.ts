/** One at a time for each model: its weights are the working memory of training. */
import { abortReason, throwIfAborted } from '../device/abort.ts';

const tails = new WeakMap<object, Promise<void>>();

/** Waits for `before`, but no longer than until `signal` is aborted; then throws its reason. */
function waitFor(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal);
    const leave = (): void => reject(signal && abortReason(signal));
    signal?.addEventListener('abort', leave, { once: true });
    void before.then(() => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
  });
}

/**
 * Runs `work` when everybody who asked for `owner` before is done, failed or not. Throws
 * `signal.reason` if it is aborted while waiting.
 */
export async function exclusively<T>(
  owner: object,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const before = tails.get(owner) ?? Promise.resolve();
  let release = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    release = resolve;
  });
  tails.set(
    owner,
    before.then(() => done),
  );
  try {
    await waitFor(before, signal);
    return await work();
  } finally {
    release();
  }
}
