/** Typed arrays against little-endian bytes, on hosts of either byte order and at any alignment. */

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Arrays whose elements files hold. */
export type Elements = Float32Array | Float64Array;

/**
 * Bytes of the elements in little-endian order; on a little-endian host a view of `values`, not a copy.
 */
export function littleEndianBytes(values: Elements): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return HOST_IS_LITTLE_ENDIAN ? bytes : swapElements(bytes, values.BYTES_PER_ELEMENT);
}

/** Copies little-endian float32 bytes, a multiple of 4, into an array of the host's order. */
export function float32FromLittleEndian(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(hostBuffer(bytes, Float32Array.BYTES_PER_ELEMENT));
}

/** Copies little-endian float64 bytes, a multiple of 8, into an array of the host's order. */
export function float64FromLittleEndian(bytes: Uint8Array): Float64Array<ArrayBuffer> {
  return new Float64Array(hostBuffer(bytes, Float64Array.BYTES_PER_ELEMENT));
}

/** A copy with the bytes of every element reversed. */
export function swapElements(bytes: Uint8Array, elementBytes: number): Uint8Array<ArrayBuffer> {
  const swapped = new Uint8Array(bytes);
  for (let at = 0; at < swapped.length; at += elementBytes) {
    swapped.subarray(at, at + elementBytes).reverse();
  }
  return swapped;
}

function hostBuffer(bytes: Uint8Array, elementBytes: number): ArrayBuffer {
  return HOST_IS_LITTLE_ENDIAN
    ? new Uint8Array(bytes).buffer
    : swapElements(bytes, elementBytes).buffer;
}
