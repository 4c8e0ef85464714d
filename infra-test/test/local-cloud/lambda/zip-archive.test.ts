import { crc32, deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zipStored } from '../../../src/deployment/zip.ts';
import { readZip, ZipError } from '../../../src/local-cloud/lambda/zip-archive.ts';

const END_BYTES = 22;
const LOCAL_BYTES = 30;

/** An archive with the one file `a` = `hello`; offsets of its directory and end record. */
function sample() {
  const archive = Buffer.from(zipStored([{ name: 'a', data: Buffer.from('hello') }]));
  const end = archive.length - END_BYTES;
  return { archive, end, central: archive.readUInt32LE(end + 16) };
}

function deflated(content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const { archive, central } = sample();
  const local = Buffer.from(archive.subarray(0, LOCAL_BYTES + 1));
  const directory = Buffer.from(archive.subarray(central, archive.length - END_BYTES));
  directory.writeUInt16LE(8, 10);
  directory.writeUInt32LE(crc32(content), 16);
  directory.writeUInt32LE(packed.length, 20);
  directory.writeUInt32LE(content.length, 24);
  const end = Buffer.from(archive.subarray(archive.length - END_BYTES));
  end.writeUInt32LE(local.length + packed.length, 16);
  return Buffer.concat([local, packed, directory, end]);
}

describe('readZip', () => {
  it('reads back what was stored', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}$/);
    const entry = fc.record({ name, data: fc.uint8Array({ maxLength: 200 }) });
    const entries = fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 5 });
    fc.assert(
      fc.property(entries, (files) => {
        const read = readZip(Buffer.from(zipStored(files)));
        expect(read.map(({ path, bytes }) => [path, [...bytes]])).toEqual(
          files.map(({ name, data }) => [name, [...data]]),
        );
      }),
    );
  });

  it('inflates deflated files', () => {
    const content = Buffer.from('abc'.repeat(1_000));
    expect(readZip(deflated(content))).toEqual([{ path: 'a', bytes: content }]);
    expect(readZip(deflated(Buffer.alloc(0)))[0]?.bytes).toHaveLength(0);
  });

  it('finds the end record before a comment', () => {
    const { archive, end } = sample();
    archive.writeUInt16LE(3, end + 20);
    expect(readZip(Buffer.concat([archive, Buffer.from('end')]))).toHaveLength(1);
  });

  it('skips folders', () => {
    const archive = zipStored([{ name: 'd/', data: Buffer.alloc(0) }]);
    expect(readZip(Buffer.from(archive))).toEqual([]);
  });

  it.each(['../a', 'a/../../b', '/a', 'a\\b', 'C:a', './a', 'a/./b', '', 'a\0'])(
    'refuses the path %j',
    (name) => {
      const archive = zipStored([{ name, data: Buffer.from('x') }]);
      expect(() => readZip(Buffer.from(archive))).toThrow(ZipError);
    },
  );

  it('refuses a path that occurs twice', () => {
    const entry = { name: 'a', data: Buffer.from('x') };
    expect(() => readZip(Buffer.from(zipStored([entry, entry])))).toThrow(/holds a twice/);
  });

  it.each<[string, RegExp, (archive: Buffer, at: { central: number; end: number }) => void]>([
    ['a changed byte', /damaged/, (archive) => archive.writeUInt8(0, LOCAL_BYTES + 1)],
    ['another length', /damaged/, (archive, at) => archive.writeUInt32LE(4, at.central + 24)],
    ['encryption', /encrypted/, (archive, at) => archive.writeUInt16LE(1, at.central + 8)],
    ['an unknown method', /method 12/, (archive, at) => archive.writeUInt16LE(12, at.central + 10)],
    ['a bad deflate', /inflated/, (archive, at) => archive.writeUInt16LE(8, at.central + 10)],
    [
      'a symbolic link',
      /symbolic link/,
      (archive, at) => archive.writeUInt32LE((0o120777 << 16) >>> 0, at.central + 38),
    ],
    ['a lost directory', /no directory/, (archive, at) => archive.writeUInt32LE(0, at.end + 16)],
    [
      'an offset beyond the end',
      /truncated/,
      (archive, at) => archive.writeUInt32LE(0xffffffff, at.central + 42),
    ],
    [
      'a lost local header',
      /local header/,
      (archive, at) => archive.writeUInt32LE(1, at.central + 42),
    ],
    [
      'an enormous size',
      /Unpacked size/,
      (archive, at) => archive.writeUInt32LE(0xfffffff0, at.central + 24),
    ],
  ])('refuses %s', (_what, message, spoil) => {
    const { archive, central, end } = sample();
    spoil(archive, { central, end });
    expect(() => readZip(archive)).toThrow(ZipError);
    expect(() => readZip(archive)).toThrow(message);
  });

  it('refuses a deflated file that is longer than its directory says', () => {
    const archive = deflated(Buffer.alloc(10_000));
    const central = archive.readUInt32LE(archive.length - END_BYTES + 16);
    archive.writeUInt32LE(10, central + 24);
    expect(() => readZip(archive)).toThrow(/inflated/);
  });

  it('refuses every truncation and every text', () => {
    const { archive } = sample();
    for (let length = 0; length < archive.length; length += 1) {
      expect(() => readZip(archive.subarray(0, length))).toThrow(ZipError);
    }
    expect(() => readZip(Buffer.from('not an archive, but long enough'))).toThrow(ZipError);
  });
});
