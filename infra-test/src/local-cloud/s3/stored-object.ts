import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ObjectChecksum } from './checksums.ts';

/** What is kept of an object besides its bytes. */
export interface ObjectRecord {
  readonly key: string;
  readonly bytes: number;
  /** Hex MD5 of the bytes; the ETag without its quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** System and `x-amz-meta-*` headers to answer with, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: ObjectChecksum | undefined;
}

/** An object of the bucket. */
export interface StoredObject extends ObjectRecord {
  /** 16 hex digits, greater for a later write; also the name of the file that holds the object. */
  readonly sequencer: string;
}

/** Marks the end of a complete object file. */
const MAGIC = 'TRIBOBJ1';

/** Bytes behind the record: its length, 32 bits little-endian, and the magic. */
const TAIL_BYTES = 4 + MAGIC.length;

/** What follows the object's bytes in its file, so that bytes and record appear in one rename. */
export function encodeFooter(record: ObjectRecord): Buffer {
  const json = Buffer.from(JSON.stringify(record));
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(json.length);
  tail.write(MAGIC, 4, 'latin1');
  return Buffer.concat([json, tail]);
}

/** Reads the record of an object file; undefined for a file that is not a whole object. */
export function readFooter(path: string): ObjectRecord | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(descriptor).size;
    const tail = readAt(descriptor, { from: fileBytes - TAIL_BYTES, byteCount: TAIL_BYTES });
    if (tail.toString('latin1', 4) !== MAGIC) {
      return undefined;
    }
    const byteCount = tail.readUInt32LE(0);
    const json = readAt(descriptor, { from: fileBytes - TAIL_BYTES - byteCount, byteCount });
    return JSON.parse(json.toString('utf8')) as ObjectRecord;
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, range: { from: number; byteCount: number }): Buffer {
  const bytes = Buffer.alloc(range.byteCount);
  if (range.from >= 0) {
    readSync(descriptor, bytes, 0, range.byteCount, range.from);
  }
  return bytes;
}
