/** A signal that never aborts, for callers that gave none. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/**
 * Settles as `work` does, or rejects with `signal.reason` as soon as it aborts. What `work` does after
 * an abort is nobody's matter any more, its rejection included.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work
      .finally(() => signal.removeEventListener('abort', onAbort))
      .then(
        (value) => (signal.aborted ? onAbort() : resolve(value)),
        (error) => (signal.aborted ? onAbort() : reject(error)),
      );
  });
}
