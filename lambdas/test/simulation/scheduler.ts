/**
 * Runs several processes at once in one seeded order: each waits at `turn()`, and one of the waiting
 * is let go at a time.
 */
export class Scheduler {
  readonly #random: () => number;
  readonly #waiting: (() => void)[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Resolves when the scheduler picks the caller. */
  readonly turn = (): Promise<void> => new Promise((resolve) => this.#waiting.push(resolve));

  /** Lets processes take turns until all have ended. */
  async run(processes: readonly Promise<unknown>[]): Promise<void> {
    let isDone = false;
    const all = Promise.allSettled(processes).then(() => {
      isDone = true;
    });
    while (!isDone) {
      // Everything that can run without a turn runs first, so the waiting list is complete.
      await new Promise((resolve) => setImmediate(resolve));
      const [pick] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1);
      pick?.();
    }
    await all;
  }
}
