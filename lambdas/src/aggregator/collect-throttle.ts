/** Rounds remembered; a warm function serves few at a time. */
const ROUNDS_MAX = 1_000;

/** What to do with a hint: look now, look once later, or nothing because a later look is on its way. */
export type Admission = 'now' | 'later' | 'covered';

/**
 * Keeps LIST requests apart: at most one an interval and round in each warm process, and never loses
 * the last hint, for every one that isn't followed now is followed by a look at the interval's end.
 *
 * Processes do not know of each other, so n of them make up to n LISTs an interval: n is bounded by
 * the hint queue's maximum concurrency. A throttle they shared would need a database, or an object
 * written and read for every hint, which costs more than the LISTs it would save.
 */
export class CollectThrottle {
  readonly #intervalMs: number;
  readonly #rounds = new Map<string, { lookedAt: number; laterAt: number }>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** What SQS is asked to wait: whole seconds, at least one. */
  get intervalSeconds(): number {
    return Math.max(1, Math.ceil(this.#intervalMs / 1000));
  }

  /** Takes a `later` back whose look could not be sent, so that the next hint is not covered by it. */
  retract(key: string): void {
    const round = this.#rounds.get(key);
    if (round !== undefined) round.laterAt = 0;
  }

  /** @param now - Milliseconds since the epoch. */
  admit(key: string, now: number): Admission {
    const round = this.#rounds.get(key);
    if (round !== undefined && now < round.lookedAt + this.#intervalMs) {
      if (now < round.laterAt) return 'covered';
      round.laterAt = round.lookedAt + this.#intervalMs;
      return 'later';
    }
    const oldest = this.#rounds.keys().next();
    if (this.#rounds.size >= ROUNDS_MAX && !oldest.done) this.#rounds.delete(oldest.value);
    this.#rounds.set(key, { lookedAt: now, laterAt: 0 });
    return 'now';
  }
}
