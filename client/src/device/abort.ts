/** A signal that never aborts, for callers that gave none. */
export function neverAborted(): AbortSignal {
  return new AbortController().signal;
}

/**
 * Throws the signal's reason when it is aborted. React Native has neither `AbortSignal.throwIfAborted`
 * nor `AbortSignal.reason`.
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortReason(signal);
}

/** Why a signal was aborted; an `AbortError` where the platform does not say. */
export function abortReason(signal: AbortSignal): unknown {
  if (signal.reason !== undefined) return signal.reason;
  return Object.assign(new Error('The operation was aborted'), { name: 'AbortError' });
}

/**
 * Settles as `work` does, or rejects with `signal.reason` as soon as it aborts. What `work` does after
 * an abort is nobody's matter any more, its rejection included.
 */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal));
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
