import {
  decodeSafetensors,
  encodeObjectFile,
  encodeSafetensors,
  type ObjectHeader,
  parseObjectFile,
  type RemoteDtype,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { OBJECT_HEADER, TOMBSTONE } from '../golden-commands.ts';
import { codeOf } from '../samples.ts';

function headerOf(change: Partial<ObjectHeader>): ObjectHeader {
  return { ...OBJECT_HEADER, ...change };
}

describe('an object’s file', () => {
  it.each([
    ['float32', [2, 3], 24, 'F32', [2, 3]],
    ['int32', [], 4, 'I32', []],
    ['bool', [5], 5, 'BOOL', [5]],
    ['complex64', [1, 1, 1, 1, 1, 2], 16, 'F32', [1, 1, 1, 1, 1, 2, 2]],
    ['float32', [0], 0, 'F32', [0]],
  ] as const)('of %s %o is a safetensors file that reads back', (dtype, shape, count, ...file) => {
    const record = headerOf({ dtype: dtype as RemoteDtype, shape });
    const bytes = new Uint8Array(count).fill(1);
    const encoded = encodeObjectFile(record, bytes);
    const parsed = parseObjectFile(encoded, { fileBytes: encoded.length });
    expect(parsed.record).toEqual(record);
    expect(encoded.subarray(parsed.dataOffset)).toEqual(bytes);
    const [tensor] = decodeSafetensors(encoded).tensors;
    expect([tensor?.dtype, tensor?.shape]).toEqual(file);
  });

  it('of a pointer, a mark or a tombstone holds no elements', () => {
    const target = { location: 'bob', id: 'q'.repeat(22) };
    for (const record of [
      headerOf({ kind: 'pointer', target }),
      headerOf({ kind: 'mark' }),
      TOMBSTONE,
    ]) {
      const encoded = encodeObjectFile(record, new Uint8Array());
      expect(parseObjectFile(encoded, { fileBytes: encoded.length })).toEqual({
        record,
        dataOffset: encoded.length,
      });
    }
  });

  it('needs its beginning alone to tell the header', () => {
    const encoded = encodeObjectFile(OBJECT_HEADER, new Uint8Array(8));
    const { dataOffset } = parseObjectFile(encoded, { fileBytes: encoded.length });
    const prefix = encoded.subarray(0, dataOffset);
    expect(parseObjectFile(prefix, { fileBytes: encoded.length }).record).toEqual(OBJECT_HEADER);
  });

  it('is refused when it is not as it should be', () => {
    const parse = (bytes: Uint8Array) => () => parseObjectFile(bytes, { fileBytes: bytes.length });
    const file = (metadata: Record<string, string>) => encodeSafetensors({ metadata, tensors: [] });
    const object = JSON.stringify(OBJECT_HEADER);
    expect(codeOf(parse(file({ format: '2', object })))).toBe('wrong-format');
    expect(codeOf(parse(file({ format: '1', object })))).toBe('size-mismatch');
    expect(codeOf(parse(file({ format: '1' })))).toBe('json-malformed');
    expect(codeOf(parse(file({ format: '1', object: '{"schema":1}' })))).toBe('json-invalid');
    expect(codeOf(parse(file({ format: '1', object: '{"schema":2}' })))).toBe('schema-newer');
    expect(codeOf(parse(new Uint8Array(4)))).toBe('header-truncated');
    expect(codeOf(() => encodeObjectFile(OBJECT_HEADER, new Uint8Array(4)))).toBe('size-mismatch');
  });
});
