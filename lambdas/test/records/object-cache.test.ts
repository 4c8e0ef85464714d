import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObjectCache } from '../../src/records/object-cache.ts';

describe('ObjectCache', () => {
  it('drops what was used longest ago when bytes run out', () => {
    const cache = new ObjectCache({ bytesMax: 10 });
    cache.keep('a', 1, 4);
    cache.keep('b', 2, 4);
    expect(cache.get('a')).toBe(1);
    cache.keep('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('does not empty itself for what it can not hold', () => {
    const cache = new ObjectCache({ bytesMax: 10 });
    cache.keep('a', 1, 10);
    cache.keep('b', 2, 11);
    expect([cache.get('a'), cache.get('b')]).toEqual([1, undefined]);
  });

  it('counts an object that is kept again once', () => {
    const cache = new ObjectCache({ bytesMax: 10 });
    for (const value of [1, 2, 3]) cache.keep('a', value, 6);
    expect([cache.get('a'), cache.bytes]).toEqual([3, 6]);
  });

  it('never holds more bytes than it may, and always the newest that fits', () => {
    const objects = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(12)));
    fc.assert(
      fc.property(objects, (kept) => {
        const cache = new ObjectCache({ bytesMax: 10 });
        for (const [key, bytes] of kept) {
          cache.keep(key, bytes, bytes);
          expect(cache.get(key)).toBe(bytes <= 10 ? bytes : undefined);
          expect(cache.bytes).toBeLessThanOrEqual(10);
        }
      }),
    );
  });
});
