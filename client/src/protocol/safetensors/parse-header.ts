/** Reading a safetensors header written by anybody. */
import { ObjectInvalidError } from '../errors.ts';
import { HEADER_BYTES_MAX } from '../limits.ts';
import { JsonCursor } from '../strict-json.ts';
import { LENGTH_BYTES, type SafetensorsHeader } from './format.ts';
import { orderByOffset } from './order-by-offset.ts';
import { readMembers } from './read-members.ts';

/** What the reader knows without the file. */
export interface HeaderOptions {
  /** Length of the whole file, from a source the file's author does not control. */
  readonly fileBytes: number;
  /** Longest header read, without its 8 bytes of length. @default HEADER_BYTES_MAX */
  readonly headerBytesMax?: number | undefined;
}

/**
 * Parses the header at the beginning of a file and checks that it describes exactly the bytes that
 * follow. Nothing is allocated by a number the file states before that number is checked.
 *
 * @param prefix - The file's first bytes: all of it, or at least `8 + headerBytesMax`.
 * @throws {@link ObjectInvalidError} `header-truncated`, `header-too-large`, `header-not-json`,
 * `header-not-object`, `duplicate-name`, `bad-metadata`, `bad-name`, `bad-entry`, `unknown-dtype`, `bad-shape`,
 * `size-overflow`, `bad-offsets`, `size-mismatch`, `too-many-tensors`, `data-truncated` or `trailing-bytes`.
 * @see https://github.com/huggingface/safetensors#format
 */
export function parseSafetensorsHeader(
  prefix: Uint8Array,
  { fileBytes, headerBytesMax = HEADER_BYTES_MAX }: HeaderOptions,
): SafetensorsHeader {
  const headerBytes = readHeaderLength(prefix, fileBytes, headerBytesMax);
  const dataOffset = LENGTH_BYTES + headerBytes;
  assertHolds(prefix, dataOffset);
  const { metadata, tensors } = readJson(prefix.subarray(LENGTH_BYTES, dataOffset));
  return { metadata, tensors: orderByOffset(tensors, fileBytes - dataOffset), dataOffset };
}

function readHeaderLength(prefix: Uint8Array, fileBytes: number, headerBytesMax: number): number {
  if (fileBytes < LENGTH_BYTES) {
    throw new ObjectInvalidError(
      `File has ${fileBytes} bytes, a header takes at least 10; send the whole file`,
      { code: 'header-truncated' },
    );
  }
  assertHolds(prefix, LENGTH_BYTES);
  const view = new DataView(prefix.buffer, prefix.byteOffset, LENGTH_BYTES);
  // Inexact above 2^53, where it is far above any maximum anyhow.
  const headerBytes = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  if (headerBytes > headerBytesMax) {
    if (headerBytes > fileBytes) throw noHeader(fileBytes);
    throw new ObjectInvalidError(
      `Header states ${headerBytes} bytes, at most ${headerBytesMax} are read (other readers take up to 100 MB); use fewer tensors, shorter names or less metadata`,
      { code: 'header-too-large' },
    );
  }
  if (LENGTH_BYTES + headerBytes > fileBytes) {
    throw new ObjectInvalidError(
      `Header states ${headerBytes} bytes, the file ends after ${fileBytes - LENGTH_BYTES}; send the whole file`,
      { code: 'header-truncated' },
    );
  }
  return headerBytes;
}

/** Such a number is no length at all: the file begins with text, or is of another format. */
function noHeader(fileBytes: number): ObjectInvalidError {
  return new ObjectInvalidError(
    `File of ${fileBytes} bytes begins with a larger number, expected the length of its header (8 bytes, little-endian); send a safetensors file`,
    { code: 'header-too-large' },
  );
}

function readJson(header: Uint8Array): ReturnType<typeof readMembers> {
  const text = decodeText(header);
  const cursor = new JsonCursor(text, {
    subject: 'Safetensors header',
    malformedCode: 'header-not-json',
  });
  // The format wants the brace first; readers that skip spaces here and readers that don't would differ.
  if (text !== '' && !text.startsWith('{')) {
    throw new ObjectInvalidError(
      'Safetensors header does not begin with {, which the format demands though some readers skip spaces; write one JSON object',
      { code: 'header-not-object' },
    );
  }
  const members = readMembers(cursor);
  cursor.readEnd();
  return members;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ObjectInvalidError('Safetensors header is not UTF-8; write it with a JSON library', {
      code: 'header-not-json',
      cause,
    });
  }
}

/** A short read is the caller's fault and says nothing about the file. */
function assertHolds(prefix: Uint8Array, bytes: number): void {
  if (prefix.length >= bytes) return;
  throw new RangeError(
    `Prefix holds ${prefix.length} bytes, the header ends at ${bytes}; read further before parsing`,
  );
}
