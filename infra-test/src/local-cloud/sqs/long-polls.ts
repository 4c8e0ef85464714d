interface Waiter<Item> {
  readonly take: () => Item[];
  readonly resolve: (items: Item[]) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Callers that wait for items, served in the order they came. */
export class LongPolls<Item> {
  readonly #waiters = new Set<Waiter<Item>>();
  #isServing = false;

  /** Waits until `take` gives something, at most `waitMs` milliseconds; then an empty list. */
  wait(take: () => Item[], waitMs: number): Promise<Item[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(waiter, []), waitMs);
      const waiter: Waiter<Item> = { take, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** Something may have come: hands it out, soon enough for all that comes in the same turn to be one answer. */
  serve(): void {
    if (this.#isServing || this.#waiters.size === 0) {
      return;
    }
    this.#isServing = true;
    queueMicrotask(() => {
      this.#isServing = false;
      this.#serveNow();
    });
  }

  /** Answers every waiter with nothing. */
  close(): void {
    for (const waiter of this.#waiters) {
      this.#settle(waiter, []);
    }
  }

  #serveNow(): void {
    for (const waiter of this.#waiters) {
      try {
        const items = waiter.take();
        if (items.length === 0) {
          return;
        }
        this.#settle(waiter, items);
      } catch (error) {
        this.#waiters.delete(waiter);
        clearTimeout(waiter.timer);
        waiter.reject(error);
      }
    }
  }

  #settle(waiter: Waiter<Item>, items: Item[]): void {
    this.#waiters.delete(waiter);
    clearTimeout(waiter.timer);
    waiter.resolve(items);
  }
}
