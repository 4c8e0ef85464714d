/**
 * Slots that a device may take of one round at once: enough for lost answers and for several tabs, and
 * few for a program that takes every 403 of storage for an expired slot.
 */
const SLOTS_AT_ONCE = 10;

/** Time after which another one is given; a slot is good for thirty times as long. */
const REFILL_MS = 30_000;

/** Devices remembered: 10,000 of 200 bytes each are a hundredth of the function's memory. */
const DEVICES_MAX = 10_000;

/**
 * Bounds how often a device gets a slot of the same round. Counted by each warm function on its own:
 * a bound against loops, not against attackers, whom the key's write-once rule stops.
 */
export class SlotAllowance {
  /** When the allowance will be whole again, in milliseconds since the epoch, by device and round. */
  readonly #wholeAt = new Map<string, number>();

  /**
   * Takes one slot.
   *
   * @param name - Names device and round.
   * @returns Milliseconds to wait when the allowance is used up; 0 when the slot may be given.
   */
  take(name: string, now: number): number {
    const wholeAt = Math.max(now, this.#wholeAt.get(name) ?? now) + REFILL_MS;
    const waitMs = wholeAt - now - SLOTS_AT_ONCE * REFILL_MS;
    if (waitMs > 0) return waitMs;

    this.#wholeAt.delete(name);
    const oldest = this.#wholeAt.keys().next();
    if (this.#wholeAt.size >= DEVICES_MAX && !oldest.done) this.#wholeAt.delete(oldest.value);
    this.#wholeAt.set(name, wholeAt);
    return 0;
  }
}
