import { crc32, inflateRawSync } from 'node:zlib';

/**
 * Largest deployment package unpacked, in bytes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const UNPACKED_BYTES_MAX = 262_144_000;

/** One file of an archive. */
export interface ZipEntry {
  /** Relative path, forward slashes, never leaving the archive's root. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An archive that isn't one, or isn't one we unpack. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

/** Record signatures and lengths of APPNOTE.TXT 4.3; all numbers little-endian. */
const LOCAL_HEADER = { signature: 0x04034b50, byteCount: 30 };
const CENTRAL_HEADER = { signature: 0x02014b50, byteCount: 46 };
const END_RECORD = { signature: 0x06054b50, byteCount: 22 };

/** Longest comment after the end record: its length field has 16 bits. */
const COMMENT_BYTES_MAX = 65_535;

/** Set when an entry is encrypted (general purpose bit 0). */
const ENCRYPTED_FLAG = 1;

/** Upper half of the external attributes: type bits of a Unix mode, and a symbolic link's value. */
const MODE_TYPE_MASK = 0o170000;
const MODE_SYMLINK = 0o120000;

interface CentralEntry {
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly localOffset: number;
}

/**
 * Reads a zip archive whole: stored and deflated files only, checksums verified.
 *
 * @throws {@link ZipError} on zip64, encryption, links, paths that leave the root or occur twice,
 * sizes above what Lambda unpacks, and every inconsistency.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function readZip(archive: Buffer): ZipEntry[] {
  try {
    const central = readCentralDirectory(archive);
    const unpackedBytes = central.reduce((sum, entry) => sum + entry.unpackedBytes, 0);
    if (unpackedBytes > UNPACKED_BYTES_MAX) {
      throw new ZipError(`Unpacked size is ${unpackedBytes}, at most ${UNPACKED_BYTES_MAX} bytes`);
    }
    return central
      .filter((entry) => !entry.path.endsWith('/'))
      .map((entry) => ({ path: entry.path, bytes: readContent(archive, entry) }));
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ZipError('Archive is truncated', { cause: error });
    }
    throw error;
  }
}

function readCentralDirectory(archive: Buffer): CentralEntry[] {
  const end = findEndRecord(archive);
  const entryCount = archive.readUInt16LE(end + 10);
  const entries: CentralEntry[] = [];
  const paths = new Set<string>();
  let offset = archive.readUInt32LE(end + 16);
  for (let index = 0; index < entryCount; index += 1) {
    const { entry, byteCount } = readCentralEntry(archive, offset);
    if (paths.has(entry.path)) {
      throw new ZipError(`Archive holds ${entry.path} twice`);
    }
    paths.add(entry.path);
    entries.push(entry);
    offset += byteCount;
  }
  return entries;
}

function findEndRecord(archive: Buffer): number {
  const last = archive.length - END_RECORD.byteCount;
  for (let offset = last; offset >= Math.max(0, last - COMMENT_BYTES_MAX); offset -= 1) {
    if (
      archive.readUInt32LE(offset) === END_RECORD.signature &&
      archive.readUInt16LE(offset + 20) === last - offset
    ) {
      return offset;
    }
  }
  throw new ZipError('Archive has no end record');
}

function readCentralEntry(
  archive: Buffer,
  offset: number,
): { entry: CentralEntry; byteCount: number } {
  if (archive.readUInt32LE(offset) !== CENTRAL_HEADER.signature) {
    throw new ZipError('Archive has no directory where its end record says');
  }
  const nameBytes = archive.readUInt16LE(offset + 28);
  const start = offset + CENTRAL_HEADER.byteCount;
  const path = archive.toString('utf8', start, start + nameBytes);
  checkPath(path);
  if ((archive.readUInt16LE(offset + 8) & ENCRYPTED_FLAG) !== 0) {
    throw new ZipError(`Entry ${path} is encrypted`);
  }
  if (((archive.readUInt32LE(offset + 38) >>> 16) & MODE_TYPE_MASK) === MODE_SYMLINK) {
    throw new ZipError(`Entry ${path} is a symbolic link`);
  }
  const entry = {
    path,
    method: archive.readUInt16LE(offset + 10),
    crc: archive.readUInt32LE(offset + 16),
    packedBytes: archive.readUInt32LE(offset + 20),
    unpackedBytes: archive.readUInt32LE(offset + 24),
    localOffset: archive.readUInt32LE(offset + 42),
  };
  const tailBytes = archive.readUInt16LE(offset + 30) + archive.readUInt16LE(offset + 32);
  return { entry, byteCount: CENTRAL_HEADER.byteCount + nameBytes + tailBytes };
}

function checkPath(path: string): void {
  const isPlain = !/^$|^\/|\\|\0|^[A-Za-z]:/.test(path);
  if (!isPlain || path.split('/').some((segment) => segment === '..' || segment === '.')) {
    throw new ZipError(`Entry path ${JSON.stringify(path)} doesn't stay below the archive's root`);
  }
}

function readContent(archive: Buffer, entry: CentralEntry): Uint8Array {
  const { localOffset, path } = entry;
  if (archive.readUInt32LE(localOffset) !== LOCAL_HEADER.signature) {
    throw new ZipError(`Entry ${path} has no local header`);
  }
  const start =
    localOffset +
    LOCAL_HEADER.byteCount +
    archive.readUInt16LE(localOffset + 26) +
    archive.readUInt16LE(localOffset + 28);
  const packed = archive.subarray(start, start + entry.packedBytes);
  const bytes = unpack(packed, entry);
  if (bytes.length !== entry.unpackedBytes || crc32(bytes) !== entry.crc) {
    throw new ZipError(`Entry ${path} is damaged: its length or checksum differs`);
  }
  return bytes;
}

function unpack(packed: Buffer, { method, path, unpackedBytes }: CentralEntry): Uint8Array {
  switch (method) {
    case 0:
      return packed;
    case 8:
      try {
        return inflateRawSync(packed, { maxOutputLength: Math.max(1, unpackedBytes) });
      } catch (cause) {
        throw new ZipError(`Entry ${path} can't be inflated`, { cause });
      }
    default:
      throw new ZipError(`Entry ${path} uses compression method ${method}, only 0 and 8 are known`);
  }
}
