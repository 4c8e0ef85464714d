import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startDigest } from '../../../src/local-cloud/s3/checksums.ts';
import { crc32c } from '../../../src/local-cloud/s3/crc32c.ts';

test.each([
  // RFC 3720, appendix B.4; bytes there are in the order of the wire, least significant first.
  ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
  ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 ascending', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['32 descending', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ['nine digits', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
])('CRC-32C of %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('digests do not depend on how the bytes are cut', () => {
  const algorithms = fc.constantFrom('md5', 'crc32', 'crc32c', 'sha1', 'sha256' as const);
  fc.assert(
    fc.property(algorithms, fc.array(fc.uint8Array({ maxLength: 100 })), (algorithm, parts) => {
      const cut = startDigest(algorithm);
      for (const part of parts) cut.update(part);
      const whole = startDigest(algorithm);
      whole.update(Buffer.concat(parts));
      expect(cut.digest()).toEqual(whole.digest());
    }),
  );
});

test('CRCs are written big-endian', () => {
  const digest = startDigest('crc32');
  digest.update(Buffer.from('123456789'));
  expect(digest.digest().readUInt32BE()).toBe(crc32('123456789'));
});
