/** An update's header as a slot request states it, so that a file is judged before its bytes are sent. */
import { LENGTH_BYTES } from '../safetensors/format.ts';
import {
  checkUpdateHeader,
  type UpdateExpectation,
  type UpdateHeaderOutcome,
} from './update-header.ts';

/**
 * Reads the header of a file as text: bytes 8 to 8 + N of it, N being the integer before them.
 *
 * @param file - A whole safetensors file with a header in UTF-8.
 * @throws TypeError for a header that is not UTF-8, RangeError for a file without one.
 */
export function readHeaderText(file: Uint8Array): string {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = view.getUint32(0, true);
  const header = file.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
}

/**
 * Judges a header without its file, as {@link checkUpdateHeader} judges the first bytes of one. Inverse of
 * {@link readHeaderText} as far as text goes.
 */
export function checkHeaderText(header: string, expected: UpdateExpectation): UpdateHeaderOutcome {
  const text = new TextEncoder().encode(header);
  const prefix = new Uint8Array(LENGTH_BYTES + text.length);
  new DataView(prefix.buffer).setUint32(0, text.length, true);
  prefix.set(text, LENGTH_BYTES);
  return checkUpdateHeader(prefix, expected);
}
