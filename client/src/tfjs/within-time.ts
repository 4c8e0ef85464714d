/** Longest that a backend may take to start, or to answer: compiling WebAssembly takes seconds on slow devices. */
const ANSWER_MS_MAX = 60_000;

/**
 * Waits for a promise, but not for ever.
 *
 * @param what - What did not come, as the error says it: "it did not start".
 * @throws `Error` after a minute, and what the promise rejects with.
 */
export async function withinTime<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error(`${what} within a minute`));
    timer = setTimeout(fail, ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
