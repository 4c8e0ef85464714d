import {
  encodePartial,
  encodeSafetensors,
  PARTIAL_BLOCK_ELEMENTS,
  PARTIAL_HEADER_BYTES_MAX,
  type PartialRecord,
  parsePartialHeader,
  SEAL_ENTRIES_MAX,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, OTHER_DEVICE, PARTIAL_RECORD } from '../samples.ts';

const SUMS = new Uint8Array(BigInt64Array.of(1n, -1n, 2n ** 62n).buffer);
const WITNESSES = new Uint8Array(BigInt64Array.of(300n << 33n).buffer);
const CONTENT = { record: PARTIAL_RECORD, sums: SUMS, witnesses: WITNESSES };
const FILE = encodePartial(CONTENT);

describe('encodePartial and parsePartialHeader', () => {
  it('are inverse', () => {
    const header = parsePartialHeader(FILE, FILE.length);
    expect(header.record).toEqual(PARTIAL_RECORD);
    expect(header.elementCount).toBe(3);
    expect(FILE.subarray(header.dataOffset, header.witnessesOffset)).toEqual(SUMS);
    expect(FILE.subarray(header.witnessesOffset)).toEqual(WITNESSES);
  });

  it('need the header alone, and take an empty shard', () => {
    const nothing = new Uint8Array();
    const empty = encodePartial({ ...CONTENT, sums: nothing, witnesses: nothing });
    expect(parsePartialHeader(empty, empty.length).elementCount).toBe(0);
    const prefix = FILE.subarray(0, FILE.length - 32);
    expect(parsePartialHeader(prefix, FILE.length).elementCount).toBe(3);
  });

  it('give the same bytes whatever the order of the record’s members', () => {
    const members = Object.entries(PARTIAL_RECORD).reverse();
    const record = Object.fromEntries(members) as unknown as PartialRecord;
    expect(encodePartial({ ...CONTENT, record })).toEqual(FILE);
  });

  it('have room for a whole seal of exclusions with the longest codes', () => {
    const exclusion = { device: OTHER_DEVICE, code: 'c'.repeat(64) };
    const excluded = Array.from({ length: SEAL_ENTRIES_MAX }, () => exclusion);
    const file = encodePartial({ ...CONTENT, record: { ...PARTIAL_RECORD, excluded } });
    const prefix = file.subarray(0, PARTIAL_HEADER_BYTES_MAX);
    expect(parsePartialHeader(prefix, file.length).record.excluded).toHaveLength(SEAL_ENTRIES_MAX);
  });

  it('refuse to write a record that no reader would read', () => {
    const exclusion = { device: OTHER_DEVICE, code: 'c'.repeat(64) };
    const excluded = Array.from({ length: 4 * SEAL_ENTRIES_MAX }, () => exclusion);
    const encode = () => encodePartial({ ...CONTENT, record: { ...PARTIAL_RECORD, excluded } });
    expect(codeOf(encode)).toBe('header-too-large');
  });

  it('refuse sums and witnesses that are no whole number of int64', () => {
    const odd = new Uint8Array(12);
    expect(codeOf(() => encodePartial({ ...CONTENT, sums: odd }))).toBe('size-mismatch');
    expect(codeOf(() => encodePartial({ ...CONTENT, witnesses: odd }))).toBe('size-mismatch');
  });

  it.each([
    [1, 0],
    [1, 2],
    [PARTIAL_BLOCK_ELEMENTS, 2],
    [PARTIAL_BLOCK_ELEMENTS + 1, 1],
  ])('refuse %i sums with %i witnesses', (sumCount, witnessCount) => {
    const sums = new Uint8Array(8 * sumCount);
    const witnesses = new Uint8Array(8 * witnessCount);
    expect(codeOf(() => encodePartial({ ...CONTENT, sums, witnesses }))).toBe('wrong-shape');
  });

  it.each([
    ['wrong-tensors', { name: 'sum' }, {}],
    ['wrong-dtype', { dtype: 'U64' as const }, {}],
    ['wrong-shape', { shape: [1, 3] }, {}],
    ['wrong-format', {}, { format: '1' }],
    ['json-malformed', {}, { partial: '{' }],
    ['json-invalid', {}, { partial: '{}' }],
    ['schema-newer', {}, { partial: '{"schema":2}' }],
  ])('refuse with %s sums changed to %j and metadata to %j', (code, changes, changed) => {
    const sums = { name: 'sums', dtype: 'I64', shape: [3], data: SUMS, ...changes } as const;
    const witnesses = { name: 'witnesses', dtype: 'I64', shape: [1], data: WITNESSES } as const;
    const metadata = { format: '2', partial: JSON.stringify(PARTIAL_RECORD), ...changed };
    const file = encodeSafetensors({ tensors: [sums, witnesses], metadata });
    expect(codeOf(() => parsePartialHeader(file, file.length))).toBe(code);
  });

  it('refuse a file without witnesses or record', () => {
    const sums = { name: 'sums', dtype: 'I64', shape: [3], data: SUMS } as const;
    const witnesses = { name: 'witnesses', dtype: 'I64', shape: [1], data: WITNESSES } as const;
    const metadata = { format: '2' };
    const bare = encodeSafetensors({ tensors: [sums], metadata });
    expect(codeOf(() => parsePartialHeader(bare, bare.length))).toBe('wrong-tensors');
    const mute = encodeSafetensors({ tensors: [sums, witnesses], metadata });
    expect(codeOf(() => parsePartialHeader(mute, mute.length))).toBe('json-malformed');
  });
});
