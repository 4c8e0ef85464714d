import type { ObjectChecksum } from './checksums.ts';

/** What is known of an object besides its bytes. */
export interface ObjectRecord {
  readonly key: string;
  readonly bytes: number;
  /** Hex MD5 of the bytes; the ETag without its quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** 16 hex digits; greater for a later write. */
  readonly sequencer: string;
  /** System and `x-amz-meta-*` headers to answer with, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: ObjectChecksum | undefined;
}

/** Where an object's bytes are: a run of the bucket's log, or a file of their own. */
type ObjectLocation =
  | { readonly kind: 'log'; readonly position: number }
  | { readonly kind: 'file'; readonly name: string };

/** An object of a bucket. */
export interface StoredObject extends ObjectRecord {
  readonly location: ObjectLocation;
}
