import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { zipStored } from '../../src/deployment/zip.ts';

const text = (value: string) => new TextEncoder().encode(value);

test('the archive is the same for the same content', () => {
  const entries = [{ name: 'index.mjs', data: text('export const a = 1;\n') }];
  expect(zipStored(entries)).toEqual(zipStored(entries));
});

test('records, sizes, checksum and offsets are where the format puts them', () => {
  const data = text('hello');
  const zip = Buffer.from(
    zipStored([
      { name: 'a', data },
      { name: 'ü.mjs', data: new Uint8Array(0) },
    ]),
  );
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  expect(zip.readUInt16LE(end + 10)).toBe(2);
  const directory = zip.readUInt32LE(end + 16);
  expect(directory + zip.readUInt32LE(end + 12)).toBe(end);
  expect(zip.readUInt32LE(directory)).toBe(0x02014b50);
  expect(zip.readUInt32LE(directory + 16)).toBe(crc32(data));
  expect(zip.readUInt32LE(directory + 20)).toBe(data.length);
  expect(zip.readUInt32LE(directory + 38) >>> 16).toBe(0o100644);
  const second = directory + 46 + 1;
  const local = zip.readUInt32LE(second + 42);
  expect(zip.readUInt32LE(local)).toBe(0x04034b50);
  expect(zip.subarray(local + 30, local + 30 + 6).toString('utf8')).toBe('ü.mjs');
  expect(zip.subarray(30, 36).toString('utf8')).toBe('ahello');
});
