import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writevSync } from 'node:fs';
import type { ObjectRecord, StoredObject } from './stored-object.ts';

/** First bytes of every entry. */
const MAGIC = 0x4a424f54;

/** Magic, length of the description and length of the bytes, 32 bits little-endian each. */
const HEAD_BYTES = 12;

/** What an entry says: an object came to be, or a key became empty. */
export type LogEntry =
  | { readonly kind: 'put'; readonly record: ObjectRecord; readonly file: string | undefined }
  | { readonly kind: 'remove'; readonly key: string };

/** An entry read back, with the place of its bytes. */
export interface PlacedEntry {
  readonly entry: LogEntry;
  /** Offset in the log of the bytes that follow the description. */
  readonly position: number;
  readonly byteCount: number;
  /** Size of the entry as a whole. */
  readonly entryBytes: number;
}

/**
 * The append-only log of a bucket: what happened to its keys, and the bytes of all but its large objects.
 *
 * One append is one system call, so that an entry is there whole or, after a crash, cut off and dropped;
 * and a thousand small objects cost neither a thousand files nor the time to make them.
 */
export class ObjectLog {
  readonly #descriptor: number;
  #end: number;

  /** Opens or creates the log at `path`; `onEntry` is told every whole entry, oldest first. */
  constructor(path: string, onEntry: (entry: PlacedEntry) => void) {
    this.#descriptor = openSync(path, 'a+');
    this.#end = this.#replay(onEntry);
    ftruncateSync(this.#descriptor, this.#end);
  }

  /** Appends an entry; returns the offset of `bytes` in the log. */
  append(entry: LogEntry, bytes: readonly Buffer[] = []): number {
    const description = Buffer.from(JSON.stringify(entry));
    const byteCount = bytes.reduce((sum, part) => sum + part.length, 0);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(MAGIC, 0);
    head.writeUInt32LE(description.length, 4);
    head.writeUInt32LE(byteCount, 8);
    const entryBytes = HEAD_BYTES + description.length + byteCount;
    const written = writevSync(this.#descriptor, [head, description, ...bytes]);
    if (written !== entryBytes) {
      ftruncateSync(this.#descriptor, this.#end);
      throw new Error(`Log took ${written} of ${entryBytes} bytes; free some disk space`);
    }
    const position = this.#end + HEAD_BYTES + description.length;
    this.#end += entryBytes;
    return position;
  }

  /** Reads `byteCount` bytes at an offset. */
  read(position: number, byteCount: number): Buffer {
    const bytes = Buffer.allocUnsafe(byteCount);
    const read = readSync(this.#descriptor, bytes, 0, byteCount, position);
    return bytes.subarray(0, read);
  }

  /** Bytes of all whole entries. */
  get bytes(): number {
    return this.#end;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Offset behind the last whole entry. */
  #replay(onEntry: (entry: PlacedEntry) => void): number {
    const logBytes = fstatSync(this.#descriptor).size;
    let end = 0;
    while (end + HEAD_BYTES <= logBytes) {
      const head = this.read(end, HEAD_BYTES);
      const descriptionBytes = head.readUInt32LE(4);
      const byteCount = head.readUInt32LE(8);
      const position = end + HEAD_BYTES + descriptionBytes;
      if (head.readUInt32LE(0) !== MAGIC || position + byteCount > logBytes) {
        break;
      }
      const description = this.read(end + HEAD_BYTES, descriptionBytes);
      const entry = JSON.parse(description.toString('utf8')) as LogEntry;
      const entryBytes = position + byteCount - end;
      onEntry({ entry, position, byteCount, entryBytes });
      end += entryBytes;
    }
    return end;
  }
}

/** The object an entry made, as the index keeps it. */
export function toStoredObject(
  entry: Extract<LogEntry, { kind: 'put' }>,
  position: number,
): StoredObject {
  return {
    ...entry.record,
    location:
      entry.file === undefined ? { kind: 'log', position } : { kind: 'file', name: entry.file },
  };
}
