/** What a cache may hold. */
export interface CacheBounds {
  /** Most bytes of all objects together, as they are stored; parsed they take a few times as much. */
  readonly bytesMax: number;
}

/** Immutable objects by key, bounded by their bytes; what was used longest ago goes first. */
export class ObjectCache {
  readonly #bytesMax: number;
  readonly #objects = new Map<string, { readonly value: unknown; readonly bytes: number }>();
  #bytes = 0;

  constructor({ bytesMax }: CacheBounds) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of all that is kept. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): unknown {
    const object = this.#objects.get(key);
    if (object === undefined) return undefined;
    // A map keeps the order of insertion, so this makes it the newest.
    this.#objects.delete(key);
    this.#objects.set(key, object);
    return object.value;
  }

  /** @param bytes - Of the object as stored; one larger than the whole cache is not kept. */
  keep(key: string, value: unknown, bytes: number): void {
    this.#drop(key);
    if (bytes > this.#bytesMax) return;
    for (const oldest of this.#objects.keys()) {
      if (this.#bytes + bytes <= this.#bytesMax) break;
      this.#drop(oldest);
    }
    this.#objects.set(key, { value, bytes });
    this.#bytes += bytes;
  }

  #drop(key: string): void {
    this.#bytes -= this.#objects.get(key)?.bytes ?? 0;
    this.#objects.delete(key);
  }
}
