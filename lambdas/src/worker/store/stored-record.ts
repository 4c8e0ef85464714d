import {
  encodeObjectFile,
  OBJECT_LEASE_SECONDS,
  type ObjectHeader,
  parseObjectFile,
  TOMBSTONE_SECONDS,
  type Tombstone,
} from '@tributary/client/protocol';
import type { FoundFile, GetOutcome, WorkerBucket } from './worker-bucket.ts';

/** First bytes of a file that are read for its header: what most headers need. */
const PREFIX_BYTES = 4_096;

/** Bytes of a file that say how long its header is. */
const LENGTH_BYTES = 8;

/** What a key holds. An expired object is one that the bucket has not deleted yet. */
export type Held =
  | {
      readonly kind: 'object' | 'expired';
      readonly header: ObjectHeader;
      readonly file: FoundFile;
      readonly dataOffset: number;
    }
  | {
      readonly kind: 'deleted' | 'expired';
      readonly tombstone: Tombstone;
      readonly file: FoundFile;
    };

/** Reads a file, or as much of it as its header needs. */
export function heldOf(file: FoundFile, now: number): Held {
  const { record, dataOffset } = parseObjectFile(file.body, { fileBytes: file.bytes });
  if (record.kind === 'deleted') {
    const isOver = record.deletedAt + TOMBSTONE_SECONDS * 1_000 <= now;
    return { kind: isOver ? 'expired' : 'deleted', tombstone: record, file };
  }
  const isOver = isLeaseOver(file.modifiedAt, now);
  return { kind: isOver ? 'expired' : 'object', header: record, file, dataOffset };
}

/** True when nobody has used an object for as long as it is kept. */
function isLeaseOver(renewedAt: number, now: number): boolean {
  return renewedAt + OBJECT_LEASE_SECONDS * 1_000 <= now;
}

/** True when an object that is used is to be kept for longer. */
export function isHalfOver(renewedAt: number, now: number): boolean {
  return now - renewedAt > (OBJECT_LEASE_SECONDS * 1_000) / 2;
}

/** The first bytes of a file, up to the end of its header at least. */
export async function getHeader(
  bucket: WorkerBucket,
  key: string,
  known: string | undefined,
): Promise<GetOutcome> {
  for (;;) {
    const first = await bucket.get(key, { prefixBytes: PREFIX_BYTES, known });
    if (first.kind !== 'found') return first;
    const prefixBytes = headerEnd(first.body);
    if (prefixBytes <= first.body.length) return first;
    const longer = await bucket.get(key, { prefixBytes, pinned: first.etag });
    // Otherwise somebody changed it in between.
    if (longer.kind === 'found') return longer;
  }
}

/** The bytes of an object's tombstone. */
export function encodeTombstone(digest: string | null, deletedAt: number): Uint8Array {
  return encodeObjectFile({ schema: 1, kind: 'deleted', digest, deletedAt }, new Uint8Array());
}

/** Headers that are longer than 4 GiB are refused when they are parsed. */
function headerEnd(prefix: Uint8Array): number {
  const view = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES);
  return view.getUint32(4, true) > 0 ? 0 : LENGTH_BYTES + view.getUint32(0, true);
}
