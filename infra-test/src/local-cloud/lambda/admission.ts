/** Counts a function's invocations against its reserved concurrency. */
export class Admission {
  #limit: number | undefined;
  #active = 0;
  readonly #waiters: (() => void)[] = [];

  /** Invocations at the same time; undefined for no bound. */
  get limit(): number | undefined {
    return this.#limit;
  }

  /** Changes the bound; a higher one lets waiting invocations begin. */
  setLimit(limit: number | undefined): void {
    this.#limit = limit;
    this.#admitWaiting();
  }

  /** Begins an invocation unless the limit is reached. @returns whether it may run. */
  tryEnter(): boolean {
    if (!this.#hasRoom()) {
      return false;
    }
    this.#active += 1;
    return true;
  }

  /** Begins an invocation as soon as the limit allows it. */
  async enter(): Promise<void> {
    if (!this.tryEnter()) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** Ends an invocation. */
  leave(): void {
    this.#active -= 1;
    this.#admitWaiting();
  }

  #admitWaiting(): void {
    while (this.#waiters.length > 0 && this.tryEnter()) {
      this.#waiters.shift()?.();
    }
  }

  #hasRoom(): boolean {
    return this.#limit === undefined || this.#active < this.#limit;
  }
}
