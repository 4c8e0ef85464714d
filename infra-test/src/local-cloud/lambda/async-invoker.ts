import type { Invoker } from './invoker.ts';

/** Runs events that nobody waits for: tried again twice when the function fails. */
export class AsyncInvoker {
  readonly #invoker: Invoker;
  readonly #retryDelaysMs: readonly number[];
  /** Waiting retries, with what ends the wait early. */
  readonly #waits = new Map<NodeJS.Timeout, () => void>();
  #isClosed = false;

  /** @param retryDelaysMs - Milliseconds before each further attempt; their number is the number of retries. */
  constructor(invoker: Invoker, retryDelaysMs: readonly number[]) {
    this.#invoker = invoker;
    this.#retryDelaysMs = retryDelaysMs;
  }

  /** Runs an event to its end: success, the last retry, or the function's deletion. */
  async run(functionName: string, payload: string): Promise<void> {
    for (const delayMs of [...this.#retryDelaysMs, undefined]) {
      const outcome = await this.#invoker.invoke({
        functionName,
        atLimit: 'wait',
        payload: () => payload,
      });
      const isFailure = outcome.kind === 'done' && outcome.failure !== undefined;
      if (!isFailure || delayMs === undefined) {
        return;
      }
      await this.#wait(delayMs);
      if (this.#isClosed) {
        return;
      }
    }
  }

  /** Gives up every event that waits for a retry. */
  close(): void {
    this.#isClosed = true;
    for (const [timer, resolve] of this.#waits) {
      clearTimeout(timer);
      resolve();
    }
    this.#waits.clear();
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waits.delete(timer);
        resolve();
      }, delayMs);
      this.#waits.set(timer, resolve);
    });
  }
}
