import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/protocol/nearest.ts';

test.each([
  ['', '', 0],
  ['digits', 'digits', 0],
  ['digits', 'digit', 1],
  ['digits', 'idgits', 1],
  ['digits', 'widgets', 3],
  ['', 'abc', 3],
  ['kitten', 'sitting', 3],
])('from %j to %j are %i steps', (source, target, steps) => {
  expect(editDistance(source, target)).toBe(steps);
});

test('the distance is symmetric, zero for equal words alone, and bounded by the longer word', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (source, target) => {
      const distance = editDistance(source, target);
      expect(distance).toBe(editDistance(target, source));
      expect(distance === 0).toBe(source === target);
      expect(distance).toBeLessThanOrEqual(Math.max(source.length, target.length));
    }),
  );
});

test('the nearest word is offered, and none where none is like it', () => {
  expect(nearest('digts', ['words', 'digits', 'digest'])).toBe('digits');
  expect(nearest('nosuch', ['words', 'digits'])).toBeUndefined();
  expect(nearest('digits', [])).toBeUndefined();
});
