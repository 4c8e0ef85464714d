import { createHash } from 'node:crypto';
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

/** {@link ObjectStore} in memory, for unit tests and simulation; as strict as the interface. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects: Map<string, StoredObject> = new Map();
  readonly #times = new Map<string, number>();
  readonly #now: () => number;

  /** @param now - Milliseconds since the epoch. @default everything was written long ago */
  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.objects.get(key);
  }

  async getRange(pin: ObjectPin, { begin, end }: ByteRange): Promise<Uint8Array | undefined> {
    const object = this.objects.get(pin.key);
    return object?.etag === pin.etag ? object.body.slice(begin, end) : undefined;
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    const object = this.objects.get(key);
    if (object === undefined) return undefined;
    return {
      etag: object.etag,
      bytes: object.body.length,
      sha256: createHash('sha256').update(object.body).digest('hex'),
      modifiedAt: this.#modifiedAt(key),
    };
  }

  async putOnce(key: string, body: Uint8Array): Promise<PutOutcome> {
    if (this.objects.has(key)) return { kind: 'exists' };
    this.#put(key, body);
    return { kind: 'stored' };
  }

  async replace(
    pin: { readonly key: string; readonly etag: string },
    body: Uint8Array,
  ): Promise<ReplaceOutcome> {
    if (this.objects.get(pin.key)?.etag !== pin.etag) return { kind: 'changed' };
    this.#put(pin.key, body);
    return { kind: 'replaced' };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    for (const key of [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort()) {
      const object = this.objects.get(key);
      if (object === undefined) continue;
      const { etag, body } = object;
      yield { key, etag, bytes: body.length, modifiedAt: this.#modifiedAt(key) };
    }
  }

  async *listSegments(prefix: string): AsyncIterable<string> {
    const segments = new Set<string>();
    for await (const { key } of this.list(prefix)) {
      const [segment, ...rest] = key.slice(prefix.length).split('/');
      if (segment !== undefined && rest.length > 0) segments.add(segment);
    }
    yield* segments;
  }

  #modifiedAt(key: string): number {
    return this.#times.get(key) ?? 0;
  }

  #put(key: string, body: Uint8Array): void {
    this.#times.set(key, this.#now());
    const copy = body.slice();
    this.objects.set(key, {
      body: copy,
      etag: `"${createHash('md5').update(copy).digest('hex')}"`,
    });
  }
}
