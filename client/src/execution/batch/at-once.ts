/** Requests of storage at one time: a thousand of 30 ms each take about a second. */
export const REQUESTS_AT_ONCE = 32;

/** Bytes of elements that are on their way at one time, unless one object alone has more. */
export const MOVING_BYTES_MAX: number = 64 * 1024 * 1024;

/**
 * Does something with each item, with several at a time, and waits for all of it.
 *
 * @throws what one of them failed of; others may then not have been begun.
 */
export async function eachAtOnce<T>(
  items: Iterable<T>,
  body: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const outcomes = await Promise.allSettled(
    Array.from({ length: REQUESTS_AT_ONCE }, async () => {
      // All of them take from one iterator.
      for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
        await body(next.value);
      }
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
