import { decodeState, encodeSafetensors, encodeState } from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../samples.ts';

const ID = { model: 'digits', version: 4 };
const EXPECTED = { ...ID, names: ['m'], elementCount: 1 };

describe('encodeState and decodeState', () => {
  it('are inverse, bit for bit', () => {
    const state = fc
      .nat(20)
      .chain((n) => fc.dictionary(fc.string(), fc.float64Array({ minLength: n, maxLength: n })));
    fc.assert(
      fc.property(state, (tensors) => {
        const elementCount = Object.values(tensors)[0]?.length ?? 0;
        const expected = { ...ID, names: Object.keys(tensors), elementCount };
        const decoded = decodeState(encodeState({ ...ID, tensors }), expected);
        expect(new Map(Object.entries(decoded))).toEqual(new Map(Object.entries(tensors)));
      }),
    );
  });

  it('give the same bytes whatever the order of the record', () => {
    const [a, b] = [Float64Array.of(1), Float64Array.of(2, 3)];
    expect(encodeState({ ...ID, tensors: { b, a } })).toEqual(
      encodeState({ ...ID, tensors: { a, b } }),
    );
  });

  it('refuse the state of another version or model', () => {
    const file = encodeState({ ...ID, tensors: {} });
    expect(codeOf(() => decodeState(file, { ...EXPECTED, version: 5 }))).toBe('wrong-version');
    expect(codeOf(() => decodeState(file, { ...EXPECTED, model: 'letters' }))).toBe('wrong-model');
    const bare = encodeSafetensors({ tensors: [] });
    expect(codeOf(() => decodeState(bare, EXPECTED))).toBe('wrong-format');
  });

  it('refuse tensors of another dtype, rank or length', () => {
    const metadata = { format: '1', model: 'digits', version: '4' };
    const encode = (dtype: 'F32' | 'F64', shape: readonly number[]) =>
      encodeSafetensors({
        tensors: [{ name: 'm', dtype, shape, data: new Uint8Array(8) }],
        metadata,
      });
    expect(codeOf(() => decodeState(encode('F32', [2]), EXPECTED))).toBe('wrong-dtype');
    expect(codeOf(() => decodeState(encode('F64', []), EXPECTED))).toBe('wrong-shape');
    const longer = { ...EXPECTED, elementCount: 2 };
    expect(codeOf(() => decodeState(encode('F64', [1]), longer))).toBe('wrong-shape');
  });

  it.each([
    ['missing', []],
    ['other', ['n']],
    ['additional', ['m', 'n']],
  ])('refuse %s tensors', (_, names) => {
    const tensors = Object.fromEntries(names.map((name) => [name, Float64Array.of(1)]));
    const file = encodeState({ ...ID, tensors });
    expect(codeOf(() => decodeState(file, EXPECTED))).toBe('wrong-tensors');
  });
});
