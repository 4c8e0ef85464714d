import {
  decodeAttributes,
  decodeValue,
  encodeAttributes,
  encodeValue,
  type Json,
} from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../samples.ts';

const name = fc.string().filter((text) => !text.startsWith('$') && text !== '__proto__');
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    number,
    fc.boolean(),
    fc.string(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

describe('attribute values', () => {
  it('cross JSON without losing a number', () => {
    fc.assert(
      fc.property(value, (original) => {
        const sent: Json = JSON.parse(JSON.stringify(encodeValue(original)));
        // Decoded objects have no prototype; toEqual tells NaN and -0 apart, and not prototypes.
        expect(decodeValue(sent)).toEqual(original);
      }),
    );
  });

  it('that are written already stay as they are', () => {
    fc.assert(
      fc.property(value, (original) => {
        const once = encodeValue(original);
        expect(encodeValue(once)).toEqual(once);
      }),
    );
  });

  it('become arrays when they are typed, and are left out when undefined', () => {
    const typed = Float32Array.of(1, Number.NaN, -0);
    expect(encodeAttributes({ typed, absent: undefined })).toEqual({
      typed: [1, { $number: 'NaN' }, { $number: '-0' }],
    });
  });

  it.each([
    () => encodeValue(() => 1),
    () => encodeValue(Symbol('x')),
    () => encodeValue(1n),
    () => encodeValue(undefined),
    () => encodeValue(new Date()),
    () => encodeValue(new Map()),
    () => encodeValue(new DataView(new ArrayBuffer(8))),
    () => encodeValue(new ArrayBuffer(8)),
    () => decodeValue({ $number: 'eval' }),
    () => decodeValue({ $number: 'NaN', more: 1 }),
    () => decodeValue({ $number: ['NaN'] }),
    () => decodeValue({ $code: 'return 1' }),
    () => decodeValue(Number.NaN),
    () => decodeValue([[[[[[[[[1]]]]]]]]]),
    () => decodeAttributes({ $x: 1 }),
  ])('that are none are refused: %s', (make) => {
    expect(codeOf(make)).toBe('attribute-invalid');
  });

  it('have one spelling for zero, and no prototype', () => {
    expect(Object.is(decodeValue(JSON.parse('-0')), 0)).toBe(true);
    const decoded = decodeAttributes({ constructor: 1, toString: 'x' });
    expect(Object.getPrototypeOf(decoded)).toBeNull();
    expect(decodeAttributes({})['toString']).toBeUndefined();
  });

  it('that contain themselves are refused', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(codeOf(() => encodeValue(loop))).toBe('attribute-invalid');
  });
});
