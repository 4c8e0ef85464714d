import {
  type Dtype,
  decodeSafetensors,
  encodeSafetensors,
  ObjectInvalidError,
  type TensorData,
  tensorBytes,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const DTYPES: readonly Dtype[] = [
  'BOOL',
  'U8',
  'I8',
  'U16',
  'I16',
  'F16',
  'BF16',
  'U32',
  'I32',
  'F32',
  'U64',
  'I64',
  'F64',
  'C64',
  'F8_E4M3',
  'F8_E5M2',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
];

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '10', '"', '\\', '\u0000', ' '),
);

const tensor: fc.Arbitrary<TensorData> = fc
  .record({
    name,
    dtype: fc.constantFrom(...DTYPES),
    shape: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }),
  })
  .chain((description) => {
    const length = tensorBytes(description);
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((data) => ({ ...description, data }));
  });

const content = fc.record({
  tensors: fc.uniqueArray(tensor, { selector: (each) => each.name, maxLength: 6 }),
  metadata: fc.dictionary(name, fc.string({ unit: 'grapheme' })),
});

describe('decodeSafetensors', () => {
  it.each<[Dtype, number, number]>([
    ['F4', 4, 2],
    ['F4', 0, 0],
    ['F6_E2M3', 4, 3],
    ['F6_E3M2', 8, 6],
  ])('reads packed elements: %s, %i of them in %i bytes', (dtype, count, bytes) => {
    const packed = { name: 'a', dtype, shape: [count], data: new Uint8Array(bytes).fill(7) };
    const [read] = decodeSafetensors(encodeSafetensors({ tensors: [packed] })).tensors;
    expect(read).toEqual({ ...packed, begin: 0, end: bytes });
  });

  it.each<[Dtype, number]>([
    ['F4', 3],
    ['F6_E2M3', 1],
    ['F6_E3M2', 2],
  ])('refuses packed elements that end within a byte: %s, %i of them', (dtype, count) => {
    const fault = expect.objectContaining({ code: 'bad-shape' });
    expect(() => tensorBytes({ name: 'a', dtype, shape: [count] })).toThrow(fault);
  });

  it('gives back what was encoded, all dtypes, empty tensors and scalars included', () => {
    fc.assert(
      fc.property(content, ({ tensors, metadata }) => {
        const decoded = decodeSafetensors(encodeSafetensors({ tensors, metadata }));
        expect(Object.entries(decoded.metadata)).toEqual(Object.entries(metadata));
        expect(decoded.tensors.map(({ begin, end, ...rest }) => rest)).toEqual(tensors);
      }),
    );
  });

  it('encodes to the same bytes again', () => {
    fc.assert(
      fc.property(content, (file) => {
        const bytes = encodeSafetensors(file);
        const { tensors, metadata } = decodeSafetensors(bytes);
        expect(encodeSafetensors({ tensors, metadata })).toEqual(bytes);
      }),
    );
  });

  it('reads a damaged file whole or refuses it with a code, and does nothing else', () => {
    const damage = fc.array(fc.record({ at: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(content, damage, (file, flips) => {
        const bytes = encodeSafetensors(file);
        for (const { at, bits } of flips) bytes[at % bytes.length]! ^= bits;
        expectWholeOrRefused(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads a cut or lengthened file only where nothing was lost', () => {
    fc.assert(
      fc.property(content, fc.nat(), (file, at) => {
        const bytes = encodeSafetensors(file);
        const cut = bytes.subarray(0, at % bytes.length);
        expect(() => decodeSafetensors(cut)).toThrow(ObjectInvalidError);
        const longer = new Uint8Array(bytes.length + 1 + (at % 9));
        longer.set(bytes);
        expect(() => decodeSafetensors(longer)).toThrow(ObjectInvalidError);
      }),
    );
  });

  it('survives bytes that were never a file', () => {
    const header = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0d8-+.e1 \nabF32dtypeshape') });
    fc.assert(
      fc.property(header, fc.nat({ max: 8 }), (text, dataBytes) => {
        const json = new TextEncoder().encode(`{${text}`);
        const bytes = new Uint8Array(8 + json.length + dataBytes);
        bytes[0] = json.length;
        bytes.set(json, 8);
        expectWholeOrRefused(bytes);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives views, at any alignment of the file', () => {
    const bytes = encodeSafetensors({
      tensors: [{ name: 'a', dtype: 'U16', shape: [1], data: Uint8Array.of(1, 2) }],
    });
    const shifted = new Uint8Array(bytes.length + 1).subarray(1);
    shifted.set(bytes);
    const [only] = decodeSafetensors(shifted).tensors;
    expect(only?.data).toEqual(Uint8Array.of(1, 2));
    shifted[shifted.length - 1] = 9;
    expect(only?.data).toEqual(Uint8Array.of(1, 9));
  });
});

/** Whole: every data byte belongs to one tensor, and encoding it again gives an equal file. */
function expectWholeOrRefused(bytes: Uint8Array): void {
  let decoded: ReturnType<typeof decodeSafetensors>;
  try {
    decoded = decodeSafetensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(ObjectInvalidError);
    return;
  }
  const { tensors, metadata, dataOffset } = decoded;
  const covered = tensors.reduce((sum, { data }) => sum + data.length, 0);
  expect(covered).toBe(bytes.length - dataOffset);
  const again = decodeSafetensors(encodeSafetensors({ tensors, metadata }));
  expect(again.tensors).toEqual(tensors);
  expect(again.metadata).toEqual(metadata);
}
