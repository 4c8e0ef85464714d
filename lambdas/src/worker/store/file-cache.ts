import type { ObjectHeader } from '@tributary/client/protocol';

/** An object as this process last saw it. */
export interface CachedObject {
  readonly etag: string;
  readonly header: ObjectHeader;
  readonly bytes: Uint8Array;
  /** When its lease began then, in milliseconds since 1970; it may have been renewed since. */
  readonly renewedAt: number;
}

/**
 * Bytes of objects that a warm function has seen, the longest unused given up first. Whether an
 * object is still there and still the same is asked of the store each time.
 */
export class FileCache {
  readonly #bytesMax: number;
  /** In the order of their last use. */
  readonly #objects = new Map<string, CachedObject>();
  #bytes = 0;

  /** @param bytesMax - Most bytes of elements together. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(key: string): CachedObject | undefined {
    const found = this.#objects.get(key);
    if (found === undefined) return undefined;
    this.#objects.delete(key);
    this.#objects.set(key, found);
    return found;
  }

  set(key: string, object: CachedObject): void {
    this.delete(key);
    if (object.bytes.length > this.#bytesMax) return;
    this.#objects.set(key, object);
    this.#bytes += object.bytes.length;
    for (const oldest of this.#objects.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#objects.get(key)?.bytes.length ?? 0;
    this.#objects.delete(key);
  }
}
