import { RequestRefusedError, SLOT_SECONDS, type Slot } from '../protocol/index.ts';
import type { Environment } from './environment.ts';

/** Where bytes may be put, with which headers and for how long. */
export type UploadSlot = Pick<Slot, 'url' | 'headers' | 'expiresInSeconds'>;

/** How a {@link SlotLease} gets its slots. */
export interface SlotSource {
  /** For messages, with its article: `the upload of round 3 of model digits`. */
  readonly what: string;
  /** Asks for a slot of the same bytes. */
  readonly ask: () => Promise<UploadSlot>;
  /** A slot that is there already. */
  readonly first?: UploadSlot | undefined;
}

/**
 * A slot for as long as it is good, then another one. The lifetime is counted from the request for the
 * slot on, so the device's clock need not agree with anyone's.
 */
export class SlotLease {
  readonly #source: SlotSource;
  readonly #now: Environment['now'];
  #slot: UploadSlot | undefined;
  #endsAt: number;
  #hasEndedEarly = false;

  constructor(source: SlotSource, { now }: Pick<Environment, 'now'>) {
    this.#source = source;
    this.#now = now;
    this.#slot = source.first;
    this.#endsAt = endOf(source.first, now());
  }

  /** The slot, or another one once its lifetime is over. @throws What asking for one throws. */
  async current(): Promise<UploadSlot> {
    if (this.#slot !== undefined && !this.isOver()) return this.#slot;
    const askedAt = this.#now();
    this.#slot = await this.#source.ask();
    this.#endsAt = endOf(this.#slot, askedAt);
    return this.#slot;
  }

  /** True when the lifetime is over by this device's own clock. */
  isOver(): boolean {
    return this.#now() >= this.#endsAt;
  }

  /**
   * Notes that storage takes the slot for expired; the next one is another. Before its time is over
   * that happens when the session that signed it ends first: once, not twice in a row.
   *
   * @throws {@link RequestRefusedError} `url-expired` for the second slot that ends before its time.
   */
  markExpired(): void {
    const isEarly = !this.isOver();
    if (isEarly && this.#hasEndedEarly) throw urlExpired(this.#source.what);
    this.#hasEndedEarly = isEarly;
    this.#slot = undefined;
  }
}

function endOf(slot: UploadSlot | undefined, askedAt: number): number {
  return askedAt + (slot?.expiresInSeconds ?? SLOT_SECONDS) * 1000;
}

/** A fresh URL is no good: the clock of this device can't be the reason. */
export function urlExpired(what: string): RequestRefusedError {
  return new RequestRefusedError(
    `Storage takes a fresh URL for ${what} for expired; check the clock and the credentials of the deployment, and try again`,
    { code: 'url-expired' },
  );
}
