import type { ObjectHeader } from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { type CachedObject, FileCache } from '../../../src/worker/store/file-cache.ts';

function objectOf(bytes: number, etag = 'a'): CachedObject {
  return { etag, header: {} as ObjectHeader, bytes: new Uint8Array(bytes), renewedAt: 0 };
}

describe('The cache of a warm function', () => {
  it('gives up what was not used for longest when it is full', () => {
    const cache = new FileCache(100);
    cache.set('a', objectOf(40));
    cache.set('b', objectOf(40));
    expect(cache.get('a')).toBeDefined();
    cache.set('c', objectOf(40));
    expect(['a', 'b', 'c'].map((key) => cache.get(key) !== undefined)).toEqual([true, false, true]);
  });

  it('counts what is replaced and deleted no longer', () => {
    const cache = new FileCache(100);
    for (let n = 0; n < 10; n += 1) cache.set('a', objectOf(90, String(n)));
    expect(cache.get('a')?.etag).toBe('9');
    cache.delete('a');
    cache.delete('a');
    cache.set('b', objectOf(50));
    cache.set('c', objectOf(50));
    expect(cache.get('b')).toBeDefined();
    expect(cache.get('c')).toBeDefined();
  });

  it('keeps nothing larger than itself, and not what that replaces either', () => {
    const cache = new FileCache(100);
    cache.set('a', objectOf(10));
    cache.set('b', objectOf(10));
    cache.set('a', objectOf(101));
    expect(cache.get('a')).toBeUndefined();
    expect(cache.get('b')).toBeDefined();
  });
});
