import type { Environment } from '../../../src/device/environment.ts';
import { globalEnvironment } from '../../../src/device/environment.ts';

/** A clock that tests move, with the timers and sleeps that go by it. */
export class VirtualTime {
  #now = 0;
  readonly #timers = new Set<{ readonly dueAt: number; readonly callback: () => void }>();

  /** Moves on and calls what has become due, the earliest first. */
  advance(ms: number): void {
    this.#now += ms;
    const due = [...this.#timers].filter(({ dueAt }) => dueAt <= this.#now);
    for (const timer of due.sort((a, b) => a.dueAt - b.dueAt)) {
      if (this.#timers.delete(timer)) timer.callback();
    }
  }

  /** Timers that were neither called nor cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  environment(fetch: Environment['fetch']): Environment {
    return {
      ...globalEnvironment,
      fetch,
      now: () => this.#now,
      random: () => 0.5,
      sleep: async (ms) => this.advance(ms),
      startTimer: (ms, callback) => {
        const timer = { dueAt: this.#now + ms, callback };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
    };
  }
}
