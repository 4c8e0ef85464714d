import { encodeSafetensors, encodeSafetensorsHeader } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { codeOf, hexOf, TENSOR_A } from '../samples.ts';

const REFERENCE =
  '38000000000000007b2261223a7b226474797065223a22463332222c227368617065223a5b325d2c22646174615f6f666673657473223a5b302c385d7d7d20200000803f00000040';

const scalar = (name: string) =>
  ({ name, dtype: 'U8', shape: [], data: Uint8Array.of(1) }) as const;

describe('encodeSafetensors', () => {
  it('gives the reference bytes for one tensor', () => {
    expect(hexOf(encodeSafetensors(TENSOR_A))).toBe(REFERENCE);
  });

  it('begins with the header that encodeSafetensorsHeader gives', () => {
    expect(hexOf(encodeSafetensorsHeader(TENSOR_A))).toBe(REFERENCE.slice(0, -16));
  });

  it('begins the data section at a multiple of 8, padding with spaces alone', () => {
    for (const name of ['a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefgh']) {
      const header = encodeSafetensorsHeader({ tensors: [scalar(name)] });
      expect(header.length % 8).toBe(0);
      expect(new TextDecoder().decode(header.subarray(8))).toMatch(/\} {0,7}$/);
    }
  });

  it('keeps the order of tensors and metadata, names like numbers included', () => {
    const header = encodeSafetensorsHeader({
      tensors: [scalar('b'), scalar('10'), scalar('__proto__'), scalar('2')],
      metadata: { z: '1', a: '2' },
    });
    const text = new TextDecoder().decode(header.subarray(8));
    expect(text.match(/"(?:z|a|b|10|2|__proto__|__metadata__)":/g)).toEqual([
      '"__metadata__":',
      '"z":',
      '"a":',
      '"b":',
      '"10":',
      '"__proto__":',
      '"2":',
    ]);
  });

  it('writes a file without tensors as an empty object', () => {
    expect(new TextDecoder().decode(encodeSafetensors({ tensors: [] }).subarray(8))).toBe(
      '{}      ',
    );
  });

  it.each([
    ['duplicate-name', [scalar('a'), scalar('a')]],
    ['bad-name', [scalar('__metadata__')]],
    ['bad-name', [scalar('n'.repeat(513))]],
    ['bad-name', [scalar('é'.repeat(257))]],
    ['bad-name', [scalar('\ud800')]],
    ['size-mismatch', [{ ...scalar('a'), shape: [2] }]],
    ['bad-shape', [{ ...scalar('a'), shape: [-1] }]],
    ['bad-shape', [{ ...scalar('a'), shape: [0.5] }]],
    ['bad-shape', [{ ...scalar('a'), shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] }]],
    ['size-overflow', [{ ...scalar('a'), shape: [2 ** 30, 2 ** 30] }]],
    ['unknown-dtype', [{ ...scalar('a'), dtype: 'F8' as 'U8' }]],
    ['too-many-tensors', Array.from({ length: 10_001 }, (_, index) => scalar(String(index)))],
  ])('refuses with %s what no reader would take', (code, tensors) => {
    expect(codeOf(() => encodeSafetensors({ tensors }))).toBe(code);
  });

  it('refuses a header above the limit of readers', () => {
    const tensors = Array.from({ length: 10_000 }, (_, index) =>
      scalar(`${index}`.padEnd(512, '\u0001')),
    );
    expect(codeOf(() => encodeSafetensors({ tensors }))).toBe('header-too-large');
  });

  it('refuses tensors that overflow together', () => {
    const half = { dtype: 'U8', shape: [2 ** 52] } as const;
    const tensors = ['a', 'b', 'c'].map((name) => ({ ...half, name }));
    expect(codeOf(() => encodeSafetensorsHeader({ tensors }))).toBe('size-overflow');
  });

  it.each([{ a: 1 as unknown as string }, { a: '\udc00' }, { '\ud800': 'a' }])(
    'refuses metadata that is no well-formed text',
    (metadata) => {
      expect(codeOf(() => encodeSafetensors({ tensors: [], metadata }))).toBe('bad-metadata');
    },
  );
});
