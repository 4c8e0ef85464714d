import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  float32FromLittleEndian,
  float64FromLittleEndian,
  littleEndianBytes,
  swapElements,
} from '../../src/protocol/little-endian.ts';

describe('little-endian elements', () => {
  it('are the bytes a DataView writes', () => {
    fc.assert(
      fc.property(fc.float32Array(), fc.float64Array(), (singles, doubles) => {
        const view32 = new DataView(new ArrayBuffer(singles.byteLength));
        for (const [index, value] of singles.entries()) view32.setFloat32(index * 4, value, true);
        expect([...littleEndianBytes(singles)]).toEqual([...new Uint8Array(view32.buffer)]);
        const view64 = new DataView(new ArrayBuffer(doubles.byteLength));
        for (const [index, value] of doubles.entries()) view64.setFloat64(index * 8, value, true);
        expect([...littleEndianBytes(doubles)]).toEqual([...new Uint8Array(view64.buffer)]);
      }),
    );
  });

  it('are read at any alignment, from any kind of byte array, as copies', () => {
    const bytes = Buffer.concat([Uint8Array.of(9), littleEndianBytes(Float64Array.of(1.5, -2))]);
    const values = float64FromLittleEndian(bytes.subarray(1));
    expect(values).toEqual(Float64Array.of(1.5, -2));
    bytes.fill(0);
    expect(values).toEqual(Float64Array.of(1.5, -2));
    expect(float32FromLittleEndian(littleEndianBytes(Float32Array.of(3)))).toEqual(
      Float32Array.of(3),
    );
  });

  it('of a part of an array are that part alone', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(float32FromLittleEndian(littleEndianBytes(part))).toEqual(Float32Array.of(2, 3));
  });

  it('are swapped element by element for a big-endian host', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    expect(swapElements(bytes, 4)).toEqual(Uint8Array.of(4, 3, 2, 1, 8, 7, 6, 5));
    expect(swapElements(bytes, 8)).toEqual(Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1));
    expect(bytes[0]).toBe(1);
  });
});
