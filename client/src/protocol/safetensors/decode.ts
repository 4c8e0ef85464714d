/** Reading a whole safetensors file. */
import type { SafetensorsHeader, TensorEntry } from './format.ts';
import { parseSafetensorsHeader } from './parse-header.ts';

/** An entry with its bytes. */
export interface DecodedTensor extends TensorEntry {
  /** A view of the file's bytes, little-endian; not aligned to the element's size. */
  readonly data: Uint8Array;
}

/** A whole file: its header, and the bytes of each tensor. */
export interface DecodedSafetensors extends SafetensorsHeader {
  readonly tensors: readonly DecodedTensor[];
}

/** How much of a header is read. */
export interface DecodeOptions {
  /** Longest header read, without its 8 bytes of length. @default HEADER_BYTES_MAX */
  readonly headerBytesMax?: number | undefined;
}

/**
 * Decodes a whole file without copying its data. Inverse of `encodeSafetensors`.
 *
 * @throws {@link ObjectInvalidError} with the codes of {@link parseSafetensorsHeader}.
 */
export function decodeSafetensors(
  file: Uint8Array,
  options: DecodeOptions = {},
): DecodedSafetensors {
  const header = parseSafetensorsHeader(file, { ...options, fileBytes: file.length });
  const data = file.subarray(header.dataOffset);
  return {
    ...header,
    tensors: header.tensors.map((entry) => ({
      ...entry,
      data: data.subarray(entry.begin, entry.end),
    })),
  };
}
