import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/protocol/base64.ts';

const golden = [
  ['', []],
  ['AA==', [0]],
  ['+/8=', [0xfb, 0xff]],
  ['AQID', [1, 2, 3]],
] as const;

describe.each(['with Buffer, as in Node', 'without it, as in browsers'])('base64 %s', (where) => {
  beforeEach(() => {
    if (where.startsWith('without')) vi.stubGlobal('Buffer', undefined);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each(golden)('writes and reads %j', (text, bytes) => {
    expect(encodeBase64(Uint8Array.from(bytes))).toBe(text);
    expect([...(decodeBase64(text) ?? [-1])]).toEqual(bytes);
  });

  it('reads what it wrote, also from the middle of a buffer, into bytes of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (bytes) => {
        const read = decodeBase64(encodeBase64(bytes.subarray(1)));
        expect([...(read ?? [-1])]).toEqual([...bytes.subarray(1)]);
        expect(read?.buffer.byteLength).toBe(bytes.length - 1);
      }),
    );
  });

  it('reads more than one step', () => {
    const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index % 251);
    const read = decodeBase64(encodeBase64(bytes));
    expect(read).toHaveLength(bytes.length);
    expect(read?.every((byte, index) => byte === bytes[index])).toBe(true);
  });

  it.each([
    'A',
    'AA',
    'AAA',
    '-_8=',
    'AA A',
    'AA=A',
    'A===',
    '====',
    'AAAA\n\n\n\n',
    'ÄAAA',
    '!!!!',
  ])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});
