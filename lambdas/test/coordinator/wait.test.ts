import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waitSeconds, waitSecondsFor } from '../../src/coordinator/wait.ts';

const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('A wait', () => {
  it('keeps all waiting devices together at a hundred requests a second', () => {
    const random = () => 0.5;
    expect(waitSeconds({ devices: 20, atLeastSeconds: 1, random })).toBe(1);
    expect(waitSeconds({ devices: 5_000, atLeastSeconds: 1, random })).toBe(50);
    expect(waitSeconds({ devices: 1_000_000, atLeastSeconds: 1, random })).toBe(300);
  });

  it('is jittered by half both ways, in whole milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), randoms, (devices, draw) => {
        const middle = waitSeconds({ devices, atLeastSeconds: 2, random: () => 0.5 });
        const wait = waitSeconds({ devices, atLeastSeconds: 2, random: () => draw });
        expect(wait).toBeGreaterThanOrEqual(middle / 2 - 0.001);
        expect(wait).toBeLessThanOrEqual(middle * 1.5 + 0.001);
        expect(Math.round(wait * 1000) / 1000).toBe(wait);
      }),
    );
  });

  it('for a known moment never ends before it, nor lasts for ever', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 9 }), randoms, (waitMs, draw) => {
        const wait = waitSecondsFor(waitMs, () => draw);
        expect(wait).toBeGreaterThanOrEqual(Math.min(waitMs / 1000, 300));
        expect(wait).toBeGreaterThanOrEqual(1);
        expect(wait).toBeLessThanOrEqual(375);
      }),
    );
  });
});
