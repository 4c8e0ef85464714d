import type { ByteRange, ListedObject, ObjectPin } from '../../src/storage/object-store.ts';
import { MemoryObjectStore } from './memory-object-store.ts';

/** A kind of request and the first segment of the key it was about, as `get updates`. */
export type RequestKind = `${'get' | 'head' | 'put' | 'list'} ${string}`;

/** A {@link MemoryObjectStore} that counts requests as S3 would bill them: a LIST by its pages. */
export class CountingStore extends MemoryObjectStore {
  readonly #counts = new Map<RequestKind, number>();

  /** Requests of some kinds so far. */
  count(...kinds: readonly RequestKind[]): number {
    return kinds.reduce((sum, kind) => sum + (this.#counts.get(kind) ?? 0), 0);
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#counts.clear();
  }

  override async get(key: string) {
    this.#add('get', key);
    return super.get(key);
  }

  override async getRange(pin: ObjectPin, range: ByteRange) {
    this.#add('get', pin.key);
    return super.getRange(pin, range);
  }

  override async head(key: string) {
    this.#add('head', key);
    return super.head(key);
  }

  override async putOnce(key: string, body: Uint8Array) {
    this.#add('put', key);
    return super.putOnce(key, body);
  }

  override async *list(prefix: string): AsyncIterable<ListedObject> {
    let listed = 0;
    for await (const object of super.list(prefix)) {
      if (listed % 1_000 === 0) this.#add('list', prefix);
      listed += 1;
      yield object;
    }
    if (listed === 0) this.#add('list', prefix);
  }

  #add(method: 'get' | 'head' | 'put' | 'list', key: string): void {
    const kind: RequestKind = `${method} ${key.slice(0, key.indexOf('/'))}`;
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
  }
}
