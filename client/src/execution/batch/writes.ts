import { CommandError, ObjectInvalidError } from '../../protocol/index.ts';
import { MOVING_BYTES_MAX, REQUESTS_AT_ONCE } from './at-once.ts';

/** A write of one command. */
export interface Write {
  /** Place of the command in its batch. */
  readonly index: number;
  readonly bytes: number;
  readonly run: () => Promise<void>;
}

/** A command whose write the store's content forbids. */
export interface RefusedWrite {
  readonly index: number;
  readonly error: CommandError | ObjectInvalidError;
}

/** The writes of a batch: several at one time, and none after one that is refused or fails. */
export class Writes {
  readonly #mayOverlap: () => Promise<boolean>;
  readonly #underWay = new Set<Promise<void>>();
  #bytes = 0;
  #refused: RefusedWrite | undefined;
  #fault: { readonly reason: unknown } | undefined;

  /** @param mayOverlap - True if none of the writes is one that will be refused. */
  constructor(mayOverlap: () => Promise<boolean>) {
    this.#mayOverlap = mayOverlap;
  }

  /** The first command, in their order, whose write was refused. */
  get refused(): RefusedWrite | undefined {
    return this.#refused;
  }

  /**
   * Begins a write when there is room beside those under way; nothing if one of them was refused.
   *
   * @throws whatever another write failed of.
   */
  async begin({ index, bytes, run }: Write): Promise<void> {
    const mayOverlap = this.#underWay.size === 0 || (await this.#mayOverlap());
    while (this.#underWay.size > 0 && !(mayOverlap && this.#hasRoom(bytes))) {
      await Promise.race(this.#underWay);
    }
    this.#throwFault();
    if (this.#refused !== undefined) return;
    this.#bytes += bytes;
    const writing: Promise<void> = run()
      .catch((error: unknown) => this.#note(index, error))
      .finally(() => {
        this.#bytes -= bytes;
        this.#underWay.delete(writing);
      });
    this.#underWay.add(writing);
  }

  /** Waits until nothing is under way. @throws whatever a write failed of. */
  async settled(): Promise<void> {
    await this.ended();
    this.#throwFault();
  }

  /** Waits until nothing is under way, whatever comes of it. */
  async ended(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #hasRoom(bytes: number): boolean {
    return this.#underWay.size < REQUESTS_AT_ONCE && this.#bytes + bytes <= MOVING_BYTES_MAX;
  }

  #note(index: number, error: unknown): void {
    if (!(error instanceof CommandError || error instanceof ObjectInvalidError)) {
      this.#fault ??= { reason: error };
    } else if (index < (this.#refused?.index ?? Number.POSITIVE_INFINITY)) {
      this.#refused = { index, error };
    }
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault.reason;
  }
}
