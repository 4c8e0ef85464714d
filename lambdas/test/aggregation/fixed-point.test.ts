import { DELTA_BOUND_LOG2_MAX, DELTA_BOUND_LOG2_MIN } from '@tributary/client/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ARITHMETIC_VERSION,
  assertFractionBits,
  errorBound,
  fractionBitsFor,
  powerOfTwo,
} from '../../src/aggregation/fixed-point.ts';

describe('fractionBitsFor', () => {
  it.each([
    { deltaBoundLog2: 0, weightMax: 1, membersMax: 1, fractionBits: 51 },
    { deltaBoundLog2: 0, weightMax: 2, membersMax: 1, fractionBits: 50 },
    { deltaBoundLog2: 0, weightMax: 3, membersMax: 1, fractionBits: 49 },
    { deltaBoundLog2: 3, weightMax: 600, membersMax: 1_000, fractionBits: 38 },
    { deltaBoundLog2: 3, weightMax: 600, membersMax: 2_000, fractionBits: 38 },
    { deltaBoundLog2: 3, weightMax: 600, membersMax: 4_000, fractionBits: 37 },
    { deltaBoundLog2: 20, weightMax: 2 ** 24, membersMax: 2 ** 29, fractionBits: -11 },
    { deltaBoundLog2: -20, weightMax: 1, membersMax: 2 ** 53, fractionBits: 29 },
  ])('gives $fractionBits for b = $deltaBoundLog2, W = $weightMax, N = $membersMax', (row) => {
    expect(fractionBitsFor(row)).toBe(row.fractionBits);
  });

  it('counts bits exactly beside powers of two, where logarithms round', () => {
    const bits = (membersMax: number) =>
      fractionBitsFor({ deltaBoundLog2: 0, weightMax: 1, membersMax });
    expect(bits(2 ** 48)).toBe(14);
    expect(bits(2 ** 48 + 1)).toBe(13);
    expect(bits(2 ** 49 - 1)).toBe(13);
    expect(bits(2 ** 53 - 1)).toBe(9);
  });

  it('leaves no product above 2^51 and no sum above 2^62, and no bit unused', () => {
    const rounds = fc
      .record({
        deltaBoundLog2: fc.integer({ min: DELTA_BOUND_LOG2_MIN, max: DELTA_BOUND_LOG2_MAX }),
        weightMax: fc.integer({ min: 1, max: 2 ** 24 }),
        membersMax: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      })
      .map((round) => ({
        ...round,
        membersMax: Math.max(1, Math.min(round.membersMax, Math.floor(2 ** 53 / round.weightMax))),
      }));
    const fits = (round: { weightMax: number; membersMax: number }, scaledBits: number) =>
      BigInt(round.weightMax) << BigInt(scaledBits) <= 1n << 51n &&
      (BigInt(round.weightMax) * BigInt(round.membersMax)) << BigInt(scaledBits) <= 1n << 62n;
    fc.assert(
      fc.property(rounds, (round) => {
        const fractionBits = fractionBitsFor(round);
        const scaledBits = round.deltaBoundLog2 + fractionBits;
        expect(fits(round, scaledBits)).toBe(true);
        expect(fits(round, scaledBits + 1)).toBe(false);
        assertFractionBits(fractionBits, round.deltaBoundLog2);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    { deltaBoundLog2: 0, weightMax: 0, membersMax: 1, says: /Weight 0, expected/ },
    { deltaBoundLog2: 0, weightMax: 1.5, membersMax: 1, says: /Weight 1.5, expected/ },
    { deltaBoundLog2: 0, weightMax: 2 ** 24 + 1, membersMax: 1, says: /Weight 16777217, expected/ },
    { deltaBoundLog2: 0, weightMax: 1, membersMax: 0, says: /0 members, expected/ },
    { deltaBoundLog2: 0, weightMax: 1, membersMax: 1.5, says: /1.5 members, expected/ },
    { deltaBoundLog2: 0, weightMax: 1, membersMax: 2 ** 53 + 2, says: /at most 2\^53/ },
    { deltaBoundLog2: 0, weightMax: 2 ** 24, membersMax: 2 ** 29 + 1, says: /at most 2\^53/ },
    { deltaBoundLog2: 0, weightMax: 3, membersMax: 3_002_399_751_580_331, says: /at most 2\^53/ },
    { deltaBoundLog2: 21, weightMax: 1, membersMax: 1, says: /Delta bound 2\^21, expected/ },
    { deltaBoundLog2: -21, weightMax: 1, membersMax: 1, says: /Delta bound 2\^-21, expected/ },
    { deltaBoundLog2: 0.5, weightMax: 1, membersMax: 1, says: /Delta bound 2\^0.5, expected/ },
    { deltaBoundLog2: Number.NaN, weightMax: 1, membersMax: 1, says: /Delta bound/ },
  ])('refuses b = $deltaBoundLog2, W = $weightMax, N = $membersMax', ({ says, ...round }) => {
    expect(() => fractionBitsFor(round)).toThrow(says);
  });
});

describe('assertFractionBits', () => {
  it('allows exactly the bits a round can have', () => {
    expect(() => assertFractionBits(9, 0)).not.toThrow();
    expect(() => assertFractionBits(51, 0)).not.toThrow();
    expect(() => assertFractionBits(8, 0)).toThrow(/from 9 to 51/);
    expect(() => assertFractionBits(52, 0)).toThrow(/from 9 to 51/);
    expect(() => assertFractionBits(9.5, 0)).toThrow(/Fraction bits 9.5/);
    expect(() => assertFractionBits(9, 21)).toThrow(/Delta bound 2\^21/);
  });
});

describe('errorBound', () => {
  it('is half a unit of the sum plus what two f64 roundings can do at the bound', () => {
    const bound = errorBound({
      fractionBits: 20,
      deltaBoundLog2: 0,
      memberCount: 1,
      totalWeight: 1,
    });
    expect(bound).toBeGreaterThanOrEqual(2 ** -21 + 2 ** -52);
    expect(bound).toBeLessThan((2 ** -21 + 2 ** -52) * (1 + 2 ** -49));
  });

  it('shrinks as members weigh more', () => {
    const of = (totalWeight: number) =>
      errorBound({ fractionBits: 20, deltaBoundLog2: 0, memberCount: 10, totalWeight });
    expect(of(6_000) / of(10)).toBeCloseTo(10 / 6_000, 6);
  });
});

describe('powerOfTwo', () => {
  it('is exact from the smallest normal double to the largest power', () => {
    expect(powerOfTwo(-1022)).toBe(2.2250738585072014e-308);
    expect(powerOfTwo(1023)).toBe(8.98846567431158e307);
    for (let exponent = -1022; exponent < 1023; exponent += 1) {
      expect(powerOfTwo(exponent) * 2).toBe(powerOfTwo(exponent + 1));
    }
    expect(powerOfTwo(0)).toBe(1);
  });

  it('refuses exponents that have no normal double', () => {
    expect(() => powerOfTwo(-1023)).toThrow(/Exponent -1023, expected/);
    expect(() => powerOfTwo(1024)).toThrow(/Exponent 1024, expected/);
    expect(() => powerOfTwo(0.5)).toThrow(/Exponent 0.5, expected/);
  });
});

it('has the first version of the arithmetic', () => {
  expect(ARITHMETIC_VERSION).toBe(1);
});
