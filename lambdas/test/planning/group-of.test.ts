import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupOf } from '../../src/planning/group-of.ts';
import { pseudonym } from '../support/federation.ts';

describe('The group of a device', () => {
  it('is the first four bytes of the SHA-256 of its pseudonym, big-endian, modulo the groups', () => {
    const device = 'hPjunJRAKHBY_TwAZt_49sJsC7aosehFPndKJmjhGi0';
    expect(groupOf(device, 2 ** 32)).toBe(991846166);
    expect(groupOf(device, 7)).toBe(991846166 % 7);
  });

  it('is a number below the number of groups', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 1000 }), (label, groups) => {
        const group = groupOf(pseudonym(label), groups);
        expect(Number.isInteger(group) && group >= 0 && group < groups).toBe(true);
      }),
    );
  });

  it('is 0 where there is one group', () => {
    expect(groupOf(pseudonym('any'), 1)).toBe(0);
  });
});
