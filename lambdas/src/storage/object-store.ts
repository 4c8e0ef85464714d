/** What a stored object is pinned by. */
export interface ObjectPin {
  readonly key: string;
  /** As S3 gives it, quotes included. */
  readonly etag: string;
  readonly bytes: number;
}

/** An object as a LIST tells of it. */
export interface ListedObject extends ObjectPin {
  /** By the store's clock, in whole seconds or finer; milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface StoredObject {
  readonly body: Uint8Array;
  readonly etag: string;
}

export interface ObjectFacts {
  readonly etag: string;
  readonly bytes: number;
  /** Lower-case hex, where the object was stored with a SHA-256 checksum. */
  readonly sha256: string | undefined;
  /** As in {@link ListedObject}. */
  readonly modifiedAt: number;
}

/** A lost conditional write is a value, not an error. */
export type PutOutcome = { readonly kind: 'stored' } | { readonly kind: 'exists' };
export type ReplaceOutcome = { readonly kind: 'replaced' } | { readonly kind: 'changed' };

/** Bytes `begin` (inclusive) to `end` (exclusive) of an object. */
export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

/** The bucket, as the functions use it: strongly consistent, conditional writes, no multipart. */
export interface ObjectStore {
  /** The whole object, or `undefined` where there is none. */
  get(key: string): Promise<StoredObject | undefined>;
  /**
   * A range of the very object that is pinned; `undefined` when it is gone or another.
   * Shorter than asked only where the object ends.
   */
  getRange(pin: ObjectPin, range: ByteRange): Promise<Uint8Array | undefined>;
  head(key: string): Promise<ObjectFacts | undefined>;
  /** Creates the object unless the key is taken. Conflicts (409) are tried again, never reported. */
  putOnce(key: string, body: Uint8Array): Promise<PutOutcome>;
  /** Replaces the object if it still has this ETag. */
  replace(
    pin: { readonly key: string; readonly etag: string },
    body: Uint8Array,
  ): Promise<ReplaceOutcome>;
  /** Every object under a prefix in key order (UTF-8 bytes), all pages. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** The distinct next path segments under a prefix that ends in `/`, without their slash. */
  listSegments(prefix: string): AsyncIterable<string>;
}
