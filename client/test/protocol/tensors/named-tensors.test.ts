import {
  decodeWeights,
  encodeSafetensors,
  encodeWeights,
  type NamedTensors,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../samples.ts';

const tensor = fc.array(fc.nat({ max: 3 }), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((product, size) => product * size, 1);
  return fc
    .float32Array({ minLength: length, maxLength: length })
    .map((data) => ({ dtype: 'F32' as const, shape, data }));
});
const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '7'));
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { selector: ([each]) => each, maxLength: 5 })
  .map((entries): NamedTensors => Object.fromEntries(entries));

describe('encodeWeights and decodeWeights', () => {
  it('are inverse, bit for bit, in the order of the record', () => {
    fc.assert(
      fc.property(tensors, (weights) => {
        const decoded = decodeWeights(encodeWeights(weights));
        expect(Object.entries(decoded)).toEqual(Object.entries(weights));
      }),
    );
  });

  it('keep the bits of NaN, infinities and minus zero', () => {
    const data = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45);
    const { a } = decodeWeights(encodeWeights({ a: { dtype: 'F32', shape: [4], data } }));
    expect(new Uint32Array(a!.data.buffer)).toEqual(new Uint32Array(data.buffer));
  });

  it('refuse data that the shape does not fit', () => {
    const data = Float32Array.of(1, 2);
    expect(codeOf(() => encodeWeights({ a: { dtype: 'F32', shape: [3], data } }))).toBe(
      'size-mismatch',
    );
  });

  it('refuse a stored tensor that is not F32', () => {
    const data = new Uint8Array(8);
    const file = encodeSafetensors({ tensors: [{ name: 'steps', dtype: 'I64', shape: [], data }] });
    expect(() => decodeWeights(file)).toThrow(/"steps" has dtype "I64"/);
    expect(codeOf(() => decodeWeights(file))).toBe('wrong-dtype');
  });
});

describe('what is no tensor', () => {
  it.each<[unknown, string, RegExp]>([
    [undefined, 'bad-entry', /"a" is nothing, expected \{ dtype: 'F32', shape/],
    [Float32Array.of(1), 'bad-entry', /is a Float32Array, expected/],
    [[1, 2], 'bad-entry', /is a list of 2, expected/],
    [{ dtype: 'float32', shape: [1], data: async () => [1] }, 'bad-entry', /is an object/],
    [{ dtype: 'F32', data: Float32Array.of(1) }, 'bad-entry', /is an object/],
    [
      { dtype: 'F32', shape: [1], data: [42.125] },
      'wrong-dtype',
      /in a list of 1, expected a Float/,
    ],
    [{ dtype: 'F32', shape: [1], data: Float64Array.of(42.125) }, 'wrong-dtype', /a Float64Array/],
  ])('is refused, with its kind and without its values: %o', (tensor, code, message) => {
    const encode = () => encodeWeights({ a: tensor } as unknown as NamedTensors);
    expect(codeOf(encode)).toBe(code);
    expect(encode).toThrow(message);
    expect(encode).not.toThrow(/42\.125/);
  });
});
