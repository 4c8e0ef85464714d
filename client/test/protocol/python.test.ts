import { readFileSync } from 'node:fs';
import { type DecodedTensor, decodeSafetensors } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { hexOf } from './samples.ts';

const FILE = readFileSync(new URL('fixtures/made_by_python.safetensors', import.meta.url));

describe('a file made by Python’s safetensors', () => {
  const { metadata, tensors } = decodeSafetensors(FILE);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));

  function tensorOf(name: string): DecodedTensor {
    return byName.get(name)!;
  }

  it('is read with its metadata', () => {
    expect(metadata).toEqual({ writer: 'safetensors for Python', note: 'ü\u0001' });
  });

  it.each([
    ['bool', 'BOOL', [3], '010001'],
    ['u8', 'U8', [1, 2], '00ff'],
    ['i8', 'I8', [2], '807f'],
    ['u16', 'U16', [1], 'ffff'],
    ['i16', 'I16', [1], '0080'],
    ['f16', 'F16', [2], '003e00c0'],
    ['u32', 'U32', [1], 'ffffffff'],
    ['i32', 'I32', [1], '00000080'],
    ['f32', 'F32', [2, 3], '0000003f0000a0bf0000404000000000000000806042a20d'],
    ['u64', 'U64', [1], 'ffffffffffffffff'],
    ['i64', 'I64', [1], '0100000000002000'],
    ['f64', 'F64', [1], '9a9999999999b93f'],
    ['scalar', 'F32', [], '0000f040'],
    ['empty', 'F32', [0, 3], ''],
    ['schön/"quoted"\n😀', 'F32', [1], '0000803f'],
  ])('gives tensor %s as %s', (name, dtype, shape, data) => {
    const tensor = tensorOf(name);
    expect(tensor).toMatchObject({ dtype, shape });
    expect(hexOf(tensor.data)).toBe(data);
  });

  it('has no other tensor', () => {
    expect(tensors).toHaveLength(15);
  });
});
