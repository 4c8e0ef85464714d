import {
  encodePartial,
  encodeSafetensors,
  PARTIAL_HEADER_BYTES_MAX,
  type PartialRecord,
  parsePartialHeader,
  SEAL_ENTRIES_MAX,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, OTHER_DEVICE, PARTIAL_RECORD } from '../samples.ts';

const SUMS = new Uint8Array(BigInt64Array.of(1n, -1n, 2n ** 62n).buffer);
const FILE = encodePartial({ record: PARTIAL_RECORD, sums: SUMS });

describe('encodePartial and parsePartialHeader', () => {
  it('are inverse', () => {
    const { record, dataOffset, elementCount } = parsePartialHeader(FILE, FILE.length);
    expect(record).toEqual(PARTIAL_RECORD);
    expect(elementCount).toBe(3);
    expect(FILE.subarray(dataOffset)).toEqual(SUMS);
  });

  it('need the header alone, and take an empty shard', () => {
    const empty = encodePartial({ record: PARTIAL_RECORD, sums: new Uint8Array() });
    expect(parsePartialHeader(empty, empty.length).elementCount).toBe(0);
    expect(parsePartialHeader(FILE.subarray(0, FILE.length - 24), FILE.length).elementCount).toBe(
      3,
    );
  });

  it('give the same bytes whatever the order of the record’s members', () => {
    const members = Object.entries(PARTIAL_RECORD).reverse();
    const record = Object.fromEntries(members) as unknown as PartialRecord;
    expect(encodePartial({ record, sums: SUMS })).toEqual(FILE);
  });

  it('have room for a whole seal of exclusions with the longest codes', () => {
    const exclusion = { device: OTHER_DEVICE, code: 'c'.repeat(64) };
    const excluded = Array.from({ length: SEAL_ENTRIES_MAX }, () => exclusion);
    const file = encodePartial({ record: { ...PARTIAL_RECORD, excluded }, sums: SUMS });
    const prefix = file.subarray(0, PARTIAL_HEADER_BYTES_MAX);
    expect(parsePartialHeader(prefix, file.length).record.excluded).toHaveLength(SEAL_ENTRIES_MAX);
  });

  it('refuse to write a record that no reader would read', () => {
    const exclusion = { device: OTHER_DEVICE, code: 'c'.repeat(64) };
    const excluded = Array.from({ length: 4 * SEAL_ENTRIES_MAX }, () => exclusion);
    const encode = () => encodePartial({ record: { ...PARTIAL_RECORD, excluded }, sums: SUMS });
    expect(codeOf(encode)).toBe('header-too-large');
  });

  it('refuse sums that are no whole number of int64', () => {
    const encode = () => encodePartial({ record: PARTIAL_RECORD, sums: new Uint8Array(12) });
    expect(codeOf(encode)).toBe('size-mismatch');
  });

  it.each([
    ['wrong-tensors', { name: 'sum' }, '{}'],
    ['wrong-dtype', { dtype: 'U64' as const }, '{}'],
    ['wrong-shape', { shape: [1, 3] }, '{}'],
    ['json-malformed', {}, undefined],
    ['json-malformed', {}, '{'],
    ['json-invalid', {}, '{}'],
    ['schema-newer', {}, '{"schema":2}'],
  ])('refuse with %s a tensor changed to %j and the record %s', (code, changes, partial) => {
    const sums = { name: 'sums', dtype: 'I64', shape: [3], data: SUMS, ...changes } as const;
    const metadata = partial === undefined ? {} : { partial };
    const file = encodeSafetensors({ tensors: [sums], metadata });
    expect(codeOf(() => parsePartialHeader(file, file.length))).toBe(code);
  });
});
