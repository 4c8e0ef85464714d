import { HEADER_BYTES_MAX, parseSafetensorsHeader } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, fileOf, rawFileOf } from '../samples.ts';

const ENTRY = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';

function parse(file: Uint8Array) {
  return parseSafetensorsHeader(file, { fileBytes: file.length });
}

function entry(changes: Readonly<Record<string, string>>): string {
  const fields = { dtype: '"F32"', shape: '[2]', data_offsets: '[0,8]', ...changes };
  const members = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return `{"a":{${members.join(',')}}}`;
}

describe('parseSafetensorsHeader', () => {
  it('reads metadata and entries', () => {
    const file = fileOf(`{"__metadata__":{"k":"v"},"a":${ENTRY}}`, 8);
    expect(parse(file)).toEqual({
      metadata: { k: 'v' },
      tensors: [{ name: 'a', dtype: 'F32', shape: [2], begin: 0, end: 8 }],
      dataOffset: file.length - 8,
    });
  });

  it('needs no more than the header of a long file', () => {
    const file = fileOf(`{"a":${ENTRY}}`, 8);
    const header = file.subarray(0, file.length - 8);
    expect(parseSafetensorsHeader(header, { fileBytes: file.length }).tensors).toHaveLength(1);
  });

  it('gives tensors in the order of their data, empty ones at one offset as the header has them', () => {
    const empty = '{"dtype":"F32","shape":[0],"data_offsets":[4,4]}';
    const first = '{"dtype":"F32","shape":[],"data_offsets":[0,4]}';
    const last = '{"dtype":"F32","shape":[],"data_offsets":[4,8]}';
    const file = fileOf(`{"z":${empty},"last":${last},"y":${empty},"first":${first}}`, 8);
    expect(parse(file).tensors.map(({ name }) => name)).toEqual(['first', 'z', 'y', 'last']);
  });

  it('takes what other writers write: spaces, escapes, unknown fields, no tensors', () => {
    const file = fileOf(
      ` {"x" : {"shape":[ ], "note": {"a":[1.5e3,true,null,"\\n"]}, "data_offsets" :[0 , 4],\n"dtype":"F32"},"\\u0061":{"dtype":"I64","shape":[0],"data_offsets":[4,4]}}`.trimStart(),
      4,
    );
    expect(parse(file).tensors.map(({ name }) => name)).toEqual(['x', 'a']);
    expect(parse(fileOf('{}')).tensors).toEqual([]);
    const none = parse(fileOf(`{"__metadata__": null,"a":${ENTRY}}`, 8));
    expect([none.metadata, none.tensors.length]).toEqual([{}, 1]);
  });

  it('keeps names that mean something to JavaScript harmless', () => {
    const file = fileOf(
      '{"__metadata__":{"__proto__":"x","constructor":"y"},"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}',
      2,
    );
    const { metadata, tensors } = parse(file);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Object.entries(metadata)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(tensors.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  it.each([
    ['header-not-json', '{"a":', 8],
    ['header-not-json', `{"a":${ENTRY},}`, 8],
    ['header-not-json', `{"a":${ENTRY}} x`, 8],
    ['header-not-json', `{"a":${ENTRY}}\0`, 8],
    ['header-not-json', `{a:${ENTRY}}`, 8],
    ['header-not-json', `{"a\n":${ENTRY}}`, 8],
    ['header-not-json', `{"\\ud800":${ENTRY}}`, 8],
    ['header-not-json', `{"\\x":${ENTRY}}`, 8],
    ['header-not-json', entry({ shape: '[02]' }), 8],
    ['header-not-json', entry({ shape: '[2.]' }), 8],
    ['header-not-json', entry({ note: 'undefined' }), 8],
    ['header-not-json', entry({ note: `${'['.repeat(40)}${']'.repeat(40)}` }), 8],
    ['header-not-object', `[${ENTRY}]`, 8],
    ['header-not-object', ` {"a":${ENTRY}}`, 8],
    ['header-not-object', `\ufeff{"a":${ENTRY}}`, 8],
    ['header-not-object', 'null', 0],
    ['bad-metadata', '{"__metadata__":{"k":1}}', 0],
    ['bad-metadata', '{"__metadata__":[]}', 0],
    ['bad-metadata', '{"__metadata__":true}', 0],
    ['bad-name', `{"${'n'.repeat(513)}":${ENTRY}}`, 8],
    ['bad-entry', '{"a":["F32",[2],[0,8]]}', 8],
    ['bad-entry', '{"a":7}', 8],
    ['unknown-dtype', entry({ dtype: '"f32"' }), 8],
    ['unknown-dtype', entry({ dtype: '"F8_E4M3FN"' }), 8],
    ['unknown-dtype', entry({ dtype: '"__proto__"' }), 8],
    ['unknown-dtype', entry({ dtype: '32' }), 8],
    ['unknown-dtype', '{"a":{"shape":[2],"data_offsets":[0,8]}}', 8],
    ['bad-shape', entry({ shape: '2' }), 8],
    ['bad-shape', entry({ shape: '[2.0]' }), 8],
    ['bad-shape', entry({ shape: '[2e0]' }), 8],
    ['bad-shape', entry({ shape: '[-2]' }), 8],
    ['bad-shape', entry({ shape: '["2"]' }), 8],
    ['bad-shape', entry({ shape: '[null]' }), 8],
    ['bad-shape', entry({ shape: '[9007199254740993]' }), 8],
    ['bad-shape', entry({ shape: '[1,1,1,1,1,1,1,1,2]' }), 8],
    ['bad-shape', '{"a":{"dtype":"F32","data_offsets":[0,8]}}', 8],
    ['size-overflow', entry({ shape: '[4294967296,4294967296,0]', data_offsets: '[0,0]' }), 0],
    ['size-overflow', entry({ shape: '[9007199254740991]' }), 8],
    ['bad-offsets', entry({ data_offsets: '[8,0]' }), 8],
    ['bad-offsets', entry({ data_offsets: '[0,8.0]' }), 8],
    ['bad-offsets', entry({ data_offsets: '[-0,8]' }), 8],
    ['bad-offsets', entry({ data_offsets: '[0]' }), 8],
    ['bad-offsets', entry({ data_offsets: '[0,8,8]' }), 8],
    ['bad-offsets', entry({ data_offsets: '"0,8"' }), 8],
    ['bad-offsets', entry({ data_offsets: '[8,16]' }), 16],
    ['bad-offsets', entry({ data_offsets: '[9007199254740984,9007199254740992]' }), 8],
    ['bad-offsets', '{"a":{"dtype":"F32","shape":[2]}}', 8],
    ['size-mismatch', entry({ shape: '[3]' }), 8],
    ['size-mismatch', entry({ data_offsets: '[0,4]' }), 8],
    ['size-mismatch', entry({ shape: '[1]', data_offsets: '[0,0]' }), 0],
    ['data-truncated', entry({}), 7],
    ['data-truncated', entry({}), 0],
    ['trailing-bytes', entry({}), 9],
    ['trailing-bytes', '{}', 1],
  ])('refuses with %s: %s', (code, header, dataBytes) => {
    expect(codeOf(() => parse(fileOf(header, dataBytes)))).toBe(code);
  });

  it.each([
    ['overlap', '[4,12]'],
    ['gap', '[12,20]'],
    ['second use', '[0,8]'],
  ])('refuses two tensors with a wrong second place: %s', (_, offsets) => {
    const second = `{"dtype":"F32","shape":[2],"data_offsets":${offsets}}`;
    expect(codeOf(() => parse(fileOf(`{"a":${ENTRY},"b":${second}}`, 16)))).toBe('bad-offsets');
  });

  it('refuses an empty tensor inside the bytes of another', () => {
    const empty = '{"dtype":"F32","shape":[0],"data_offsets":[4,4]}';
    expect(codeOf(() => parse(fileOf(`{"a":${ENTRY},"b":${empty}}`, 8)))).toBe('bad-offsets');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(codeOf(() => parse(rawFileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22))))).toBe(
      'header-not-json',
    );
  });

  it('refuses more tensors than the limit', () => {
    const entries = Array.from(
      { length: 10_001 },
      (_, index) => `"${index}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
    );
    expect(codeOf(() => parse(fileOf(`{${entries.join(',')}}`)))).toBe('too-many-tensors');
  });

  it('reads a header of exactly the maximum and not one byte more', () => {
    const file = fileOf('{}'.padEnd(64));
    const parseWith = (headerBytesMax: number) =>
      parseSafetensorsHeader(file, { fileBytes: file.length, headerBytesMax });
    expect(parseWith(64).tensors).toEqual([]);
    expect(codeOf(() => parseWith(63))).toBe('header-too-large');
  });

  it('reads the largest header in linear time and flat stack', () => {
    const name = 'n'.repeat(HEADER_BYTES_MAX - 64);
    expect(codeOf(() => parse(fileOf(`{"${name}":{}}`)))).toBe('bad-name');
    const text = `{"__metadata__":{"k":"${'v'.repeat(HEADER_BYTES_MAX - 64)}"}}`;
    expect(parse(fileOf(text)).metadata['k']).toHaveLength(HEADER_BYTES_MAX - 64);
    const spaces = `{${' '.repeat(HEADER_BYTES_MAX - 8)}}`;
    expect(parse(fileOf(spaces)).tensors).toEqual([]);
    const digits = entry({ note: '1'.repeat(HEADER_BYTES_MAX - 128) });
    expect(parse(fileOf(digits, 8)).tensors).toHaveLength(1);
  });

  it('blames the caller, not the file, for a short read', () => {
    const file = fileOf(`{"a":${ENTRY}}`, 8);
    for (const length of [0, 7, 8, file.length - 9]) {
      const read = () =>
        parseSafetensorsHeader(file.subarray(0, length), { fileBytes: file.length });
      expect(read).toThrow(RangeError);
    }
  });
});
