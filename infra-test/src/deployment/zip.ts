import { crc32 } from 'node:zlib';

/** 1980-01-01 in MS-DOS form: the same content always gives the same archive. */
const EPOCH_DATE = 0x21;

/** "Made by" Unix, so that the external attributes below are read as a file mode. */
const VERSION_MADE_BY = 0x031e;

/** A regular file readable by everyone; Lambda can't read a file without permission bits. */
const FILE_MODE = (0o100644 << 16) >>> 0;

/** Version 2.0 of the format and names in UTF-8. */
const VERSION_NEEDED = 20;
const FLAG_UTF8 = 0x0800;

/** One file of an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly data: Uint8Array;
}

/**
 * Writes a ZIP archive whose files are stored, not compressed. Deterministic.
 *
 * @param entries - At most 65,535 files of together less than 4 GiB; beyond that the format needs
 * its 64-bit form, which a function's package never reaches.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT section 4.3
 */
export function zipStored(entries: readonly ZipEntry[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, 'utf8');
    const common = commonFields(name, entry.data);
    const local = Buffer.concat([word(0x04034b50), common, name, entry.data]);
    centrals.push(centralRecord(common, name, offset));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  return Buffer.concat([...locals, directory, endRecord(entries.length, directory.length, offset)]);
}

/** The 26 bytes that a file's local header and its directory record share. */
function commonFields(name: Buffer, data: Uint8Array): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION_NEEDED, 0);
  fields.writeUInt16LE(FLAG_UTF8, 2);
  fields.writeUInt16LE(EPOCH_DATE, 8);
  fields.writeUInt32LE(crc32(data), 10);
  fields.writeUInt32LE(data.length, 14);
  fields.writeUInt32LE(data.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function centralRecord(common: Buffer, name: Buffer, offset: number): Buffer {
  const version = Buffer.alloc(2);
  version.writeUInt16LE(VERSION_MADE_BY);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(FILE_MODE, 6);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([word(0x02014b50), version, common, tail, name]);
}

function endRecord(count: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(18);
  record.writeUInt16LE(count, 4);
  record.writeUInt16LE(count, 6);
  record.writeUInt32LE(directoryBytes, 8);
  record.writeUInt32LE(directoryOffset, 12);
  return Buffer.concat([word(0x06054b50), record]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
