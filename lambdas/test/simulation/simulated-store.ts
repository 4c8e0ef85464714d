import type {
  ByteRange,
  ListedObject,
  ObjectFacts,
  ObjectPin,
  ObjectStore,
  PutOutcome,
  ReplaceOutcome,
  StoredObject,
} from '../../src/storage/object-store.ts';
import type { MemoryObjectStore } from '../support/memory-object-store.ts';

/** Thrown where a simulated process dies; nothing after it runs. */
export class SimulatedCrash extends Error {
  constructor() {
    super('The process was killed');
  }
}

export interface StoreFaults {
  readonly random: () => number;
  /** Chance that the process dies just before or just after a write. */
  readonly crashRate: number;
}

/**
 * A process's view of a shared store: every call waits for its turn, so that processes interleave at
 * every request, and writes may be the process's last act.
 */
export class SimulatedStore implements ObjectStore {
  readonly #shared: MemoryObjectStore;
  readonly #turn: () => Promise<void>;
  readonly #faults: StoreFaults;

  constructor(shared: MemoryObjectStore, turn: () => Promise<void>, faults: StoreFaults) {
    this.#shared = shared;
    this.#turn = turn;
    this.#faults = faults;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    await this.#turn();
    return this.#shared.get(key);
  }

  async getRange(pin: ObjectPin, range: ByteRange): Promise<Uint8Array | undefined> {
    await this.#turn();
    return this.#shared.getRange(pin, range);
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    await this.#turn();
    return this.#shared.head(key);
  }

  putOnce(key: string, body: Uint8Array): Promise<PutOutcome> {
    return this.#write(() => this.#shared.putOnce(key, body));
  }

  replace(
    pin: { readonly key: string; readonly etag: string },
    body: Uint8Array,
  ): Promise<ReplaceOutcome> {
    return this.#write(() => this.#shared.replace(pin, body));
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    await this.#turn();
    yield* this.#shared.list(prefix);
  }

  async *listSegments(prefix: string): AsyncIterable<string> {
    await this.#turn();
    yield* this.#shared.listSegments(prefix);
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    await this.#turn();
    const { random, crashRate } = this.#faults;
    if (random() < crashRate / 2) throw new SimulatedCrash();
    const outcome = await write();
    if (random() < crashRate / 2) throw new SimulatedCrash();
    return outcome;
  }
}
