import { decodeState, encodeSafetensors, encodeState } from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../samples.ts';

const ID = { model: 'digits', version: 4 };

describe('encodeState and decodeState', () => {
  it('are inverse, bit for bit', () => {
    const state = fc.dictionary(fc.string(), fc.float64Array());
    fc.assert(
      fc.property(state, (tensors) => {
        const decoded = decodeState(encodeState({ ...ID, tensors }), ID);
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
    expect(codeOf(() => decodeState(file, { ...ID, version: 5 }))).toBe('wrong-version');
    expect(codeOf(() => decodeState(file, { ...ID, model: 'letters' }))).toBe('wrong-model');
    expect(codeOf(() => decodeState(encodeSafetensors({ tensors: [] }), ID))).toBe('wrong-format');
  });

  it('refuse tensors of another dtype or rank', () => {
    const metadata = { format: '1', model: 'digits', version: '4' };
    const encode = (dtype: 'F32' | 'F64', shape: readonly number[]) =>
      encodeSafetensors({
        tensors: [{ name: 'm', dtype, shape, data: new Uint8Array(8) }],
        metadata,
      });
    expect(codeOf(() => decodeState(encode('F32', [2]), ID))).toBe('wrong-dtype');
    expect(codeOf(() => decodeState(encode('F64', []), ID))).toBe('wrong-shape');
  });
});
