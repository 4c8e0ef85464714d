/** A safetensors header as JSON reads it, to be changed and written again. */
export type HeaderJson = Record<string, Record<string, unknown>>;

const LENGTH_BYTES = 8;

/** Bytes of a small file that is long enough for a slot, as an update of two numbers. */
export const SLOT_BYTES = 256;

/**
 * Writes a file of any header and data: u64-LE length, header padded with spaces to a multiple of 8 and
 * until the file has `bytesMin` bytes, data.
 */
export function rawFile(
  header: string | HeaderJson,
  data: Uint8Array = new Uint8Array(0),
  bytesMin: number = SLOT_BYTES,
): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const headerBytes = Math.max(text.length, bytesMin - data.length - LENGTH_BYTES);
  const padded = Buffer.alloc(Math.ceil(headerBytes / 8) * 8, ' ');
  text.copy(padded);
  return Buffer.concat([lengthBytes(BigInt(padded.length)), padded, data]);
}

/** The 8 bytes in front of a header. */
export function lengthBytes(length: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

/** Changes a file's header and leaves its data alone. */
export function editHeader(file: Uint8Array, edit: (header: HeaderJson) => HeaderJson): Buffer {
  const { header, data } = split(file);
  return rawFile(edit(header), data);
}

/** Changes metadata; `undefined` removes a key. */
export function withMetadata(
  changes: Readonly<Record<string, string | undefined>>,
): (file: Uint8Array) => Buffer {
  return (file) =>
    editHeader(file, ({ __metadata__: metadata, ...tensors }) => ({
      __metadata__: { ...metadata, ...changes },
      ...tensors,
    }));
}

/** Header and data of a well-formed file. */
export function split(file: Uint8Array): { readonly header: HeaderJson; readonly data: Buffer } {
  const bytes = Buffer.from(file);
  const dataOffset = 8 + Number(bytes.readBigUInt64LE());
  return {
    header: JSON.parse(bytes.toString('utf8', 8, dataOffset)),
    data: bytes.subarray(dataOffset),
  };
}
