import {
  formatObjectRef,
  LIST_PAGE_MAX,
  OBJECT_LEASE_SECONDS,
  type ObjectHeader,
  type ObjectName,
  TOMBSTONE_SECONDS,
} from '../../protocol/index.ts';
import type {
  CreateOutcome,
  HeadOutcome,
  ListRequest,
  ObjectPage,
  ReadOutcome,
  StoredObject,
  WorkerStore,
} from './worker-store.ts';

/** Settings of a {@link MemoryStore}. */
export interface MemoryStoreOptions {
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined;
}

interface Entry extends StoredObject {
  readonly name: ObjectName;
  readonly version: number;
  readonly renewedAt: number;
}

interface Grave {
  readonly digest: string | null;
  readonly deletedAt: number;
}

/** A worker's objects in this process. */
export class MemoryStore implements WorkerStore {
  readonly #now: () => number;
  readonly #objects = new Map<string, Entry>();
  /** In the order of deletion. */
  readonly #graves = new Map<string, Grave>();
  readonly #plans = new Map<string, Uint8Array>();

  constructor({ now = Date.now }: MemoryStoreOptions = {}) {
    this.#now = now;
  }

  /** Count of objects. */
  get size(): number {
    return this.#objects.size;
  }

  /** True while it holds the object. */
  has(name: ObjectName): boolean {
    return this.#find(formatObjectRef(name)) !== undefined;
  }

  async create(name: ObjectName, { header, bytes }: StoredObject): Promise<CreateOutcome> {
    const key = formatObjectRef(name);
    const there = this.#find(key);
    if (there !== undefined) return there.header.digest === header.digest ? 'same' : 'taken';
    const grave = this.#findGrave(key);
    if (grave !== undefined) {
      return grave.digest === null || grave.digest === header.digest ? 'deleted' : 'taken';
    }
    this.#objects.set(key, {
      name,
      header,
      bytes: bytes.slice(),
      version: 0,
      renewedAt: this.#now(),
    });
    return 'created';
  }

  async head(name: ObjectName): Promise<HeadOutcome> {
    const outcome = await this.read(name);
    if (outcome.kind !== 'found') return outcome;
    const { kind, header, version, renewedAt } = outcome;
    return { kind, header, version, renewedAt };
  }

  async read(name: ObjectName): Promise<ReadOutcome> {
    const key = formatObjectRef(name);
    const found = this.#find(key);
    if (found !== undefined) {
      const { header, bytes, version, renewedAt } = found;
      return { kind: 'found', header, bytes, version: String(version), renewedAt };
    }
    const grave = this.#findGrave(key);
    return grave === undefined ? { kind: 'missing' } : { kind: 'deleted', digest: grave.digest };
  }

  async replaceHeader(
    name: ObjectName,
    { header, version }: { readonly header: ObjectHeader; readonly version: string },
  ): Promise<boolean> {
    const key = formatObjectRef(name);
    const found = this.#find(key);
    if (found === undefined || String(found.version) !== version) return false;
    this.#objects.set(key, { ...found, header, version: found.version + 1 });
    return true;
  }

  async delete(name: ObjectName): Promise<void> {
    const key = formatObjectRef(name);
    this.#expireGraves();
    if (this.#graves.has(key)) return;
    const digest = this.#find(key)?.header.digest ?? null;
    this.#objects.delete(key);
    this.#graves.set(key, { digest, deletedAt: this.#now() });
  }

  async renew(name: ObjectName): Promise<void> {
    const key = formatObjectRef(name);
    const found = this.#find(key);
    if (found !== undefined) this.#objects.set(key, { ...found, renewedAt: this.#now() });
  }

  async list({ owner, cursor }: ListRequest): Promise<ObjectPage> {
    const prefix = owner === undefined ? '' : `${owner}/`;
    const keys = [...this.#objects.keys()]
      .filter((key) => key.startsWith(prefix) && (cursor === undefined || key > cursor))
      .sort();
    const page = keys.slice(0, LIST_PAGE_MAX);
    const objects = page.flatMap((key) => this.#find(key) ?? []);
    return {
      objects: objects.map(({ name, header }) => ({ name, header })),
      ...(page.length < keys.length ? { cursor: page.at(-1) } : {}),
    };
  }

  async createPlan(digest: string, bytes: Uint8Array): Promise<void> {
    if (!this.#plans.has(digest)) this.#plans.set(digest, bytes.slice());
  }

  async readPlan(digest: string): Promise<Uint8Array | undefined> {
    return this.#plans.get(digest);
  }

  #find(key: string): Entry | undefined {
    const found = this.#objects.get(key);
    if (found === undefined) return undefined;
    if (found.renewedAt + OBJECT_LEASE_SECONDS * 1_000 > this.#now()) return found;
    this.#objects.delete(key);
    return undefined;
  }

  #findGrave(key: string): Grave | undefined {
    this.#expireGraves();
    return this.#graves.get(key);
  }

  #expireGraves(): void {
    const deletedBefore = this.#now() - TOMBSTONE_SECONDS * 1_000;
    for (const [key, { deletedAt }] of this.#graves) {
      if (deletedAt > deletedBefore) return;
      this.#graves.delete(key);
    }
  }
}
