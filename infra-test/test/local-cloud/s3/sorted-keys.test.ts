import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareKeys, SortedKeys } from '../../../src/local-cloud/s3/sorted-keys.ts';

/** Keys from a small alphabet that holds the hard cases, so that they often share beginnings. */
const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\u00e9', '\uffff', '\ue000', '\u{10000}', '\u{1f600}'),
  maxLength: 6,
});

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function all(keys: SortedKeys): (string | undefined)[] {
  return Array.from({ length: keys.size }, (_, index) => keys.at(index));
}

test('keys compare as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(key, key, (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(byBytes(left, right));
    }),
  );
});

test('adding and removing keeps the order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.uniqueArray(key), (first, second) => {
      const keys = SortedKeys.from(first);
      const set = new Set(first);
      for (const each of second) {
        if (set.delete(each)) {
          keys.remove(each);
        } else {
          set.add(each);
          keys.add(each);
        }
      }
      expect(all(keys)).toEqual([...set].sort(byBytes));
    }),
  );
});

test('positions are those of the first key not below', () => {
  const keys = SortedKeys.from(['b', 'd', 'a']);
  expect(['', 'a', 'aa', 'd', 'e'].map((each) => keys.positionOf(each))).toEqual([0, 0, 1, 2, 3]);
  expect(keys.firstWhere((each) => !each.startsWith('a'))).toBe(1);
  expect(keys.at(3)).toBeUndefined();
});
