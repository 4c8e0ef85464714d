import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExactSum } from '../../src/aggregation/exact-sum.ts';
import { errorBound, powerOfTwo } from '../../src/aggregation/fixed-point.ts';
import { type Arithmetic, anyArithmetic, anyValue, inSmallestUnits } from './float32.ts';
import {
  contributionsOf,
  groupingOf,
  groupsOf,
  totalWeightOf,
  type Update,
  withElement,
} from './updates.ts';

interface Round extends Arithmetic {
  readonly elementCount: number;
  readonly updates: readonly Update[];
}

const anyRound: fc.Arbitrary<Round> = fc
  .tuple(anyArithmetic, fc.integer({ min: 1, max: 13 }))
  .chain(([arithmetic, elementCount]) => {
    const update = fc.record({
      values: fc.array(anyValue(arithmetic), { minLength: elementCount, maxLength: elementCount }),
      weight: fc.integer({ min: 1, max: arithmetic.weightMax }),
    });
    return fc
      .array(update, { minLength: 1, maxLength: 11 })
      .map((updates) => ({ ...arithmetic, elementCount, updates }));
  });

/** A new sum holding the round's updates, added in one call. */
function folded(round: Round, options: { blockElementCount?: number } = {}) {
  const sum = createExactSum({ ...round, ...options });
  sum.add(0, contributionsOf(round.updates));
  return sum;
}

describe('the witnesses of an exact sum', () => {
  it('tell the weight it holds, in any order, any grouping and any blocks', () => {
    fc.assert(
      fc.property(anyRound.chain(groupingOf), (grouping) => {
        const { round, blockElementCount } = grouping;
        const merged = createExactSum({ ...round, blockElementCount });
        for (const updates of groupsOf(grouping)) {
          const partial = folded({ ...round, updates }, { blockElementCount });
          merged.addSums(0, { sums: partial.sums(), witnesses: partial.witnesses() });
          partial.release();
        }
        const totalWeight = totalWeightOf(round);
        expect(merged.weighs(totalWeight)).toBe(true);
        expect(merged.weighs(totalWeight + 1)).toBe(false);
        merged.release();
      }),
    );
  });
});

describe('an exact sum has the same bits', () => {
  it('in any order, any grouping, any blocks and any shards', () => {
    const shardLengths = fc.integer({ min: 1, max: 13 });
    fc.assert(
      fc.property(anyRound.chain(groupingOf), shardLengths, (grouping, shardElementCount) => {
        const { round, blockElementCount } = grouping;
        const whole = folded(round);
        const merged = createExactSum({ ...round, blockElementCount });
        // Of shards that end anywhere, only the sums can be compared.
        const witnesses = merged.witnesses().slice();
        for (const group of groupsOf(grouping)) {
          for (let start = 0; start < round.elementCount; start += shardElementCount) {
            const elementCount = Math.min(shardElementCount, round.elementCount - start);
            const shard = group.map(({ values, weight }) => ({
              values: values.slice(start, start + elementCount),
              weight,
            }));
            const partial = folded(
              { ...round, elementCount, updates: shard },
              { blockElementCount },
            );
            merged.addSums(start, { sums: partial.sums(), witnesses });
            partial.release();
          }
        }
        expect(merged.sums()).toEqual(whole.sums());
        const totalWeight = totalWeightOf(round);
        expect(merged.mean(0, round.elementCount, totalWeight)).toEqual(
          whole.mean(0, round.elementCount, totalWeight),
        );
        whole.release();
        merged.release();
      }),
      { numRuns: 500 },
    );
  });

  it('on the reference kernel', () => {
    fc.assert(
      fc.property(anyRound, fc.integer({ min: 1, max: 9 }), (round, blockElementCount) => {
        const wasm = folded(round);
        const reference = createExactSum({ ...round, kernel: 'reference', blockElementCount });
        reference.add(0, contributionsOf(round.updates));
        expect(wasm.sums()).toEqual(reference.sums());
        wasm.release();
      }),
      { numRuns: 500 },
    );
  });

  it('as if it had never met what was taken back or refused', () => {
    const rounds = fc.tuple(
      anyRound,
      fc.nat(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 2 ** 20, -(2 ** 20)),
    );
    fc.assert(
      fc.property(rounds, ([round, place, bad]) => {
        const { elementCount, updates } = round;
        const sum = createExactSum({ ...round, blockElementCount: 3 });
        const before = folded(round);
        sum.add(0, contributionsOf(updates));
        const spoilt = withElement(updates, place % elementCount, bad);
        const fault = Math.abs(bad) === 2 ** 20 ? 'out-of-bounds' : 'non-finite';
        expect(new Set(sum.add(0, contributionsOf(spoilt)))).toEqual(new Set([fault]));
        expect(sum.sums()).toEqual(before.sums());
        expect(new Set(sum.add(0, contributionsOf(updates, -1)))).toEqual(new Set(['added']));
        expect(sum.sums().every((byte) => byte === 0)).toBe(true);
        before.release();
        sum.release();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a mean', () => {
  /** Whether |mean − exact mean| ≤ bound, in integers: nothing is rounded here. */
  function isWithin(round: Round, element: number, mean: number, bound: number): boolean {
    // Everything in units of 2^-1074 / V: exact for every double there is.
    const total = BigInt(totalWeightOf(round));
    const exact = round.updates.reduce(
      (sum, { values, weight }) => sum + inSmallestUnits(values[element]!) * BigInt(weight),
      0n,
    );
    const difference = inTinyUnits(mean) * total - (exact << BigInt(1074 - 149));
    const magnitude = difference < 0n ? -difference : difference;
    return magnitude <= inTinyUnits(bound) * total;
  }

  /** A double as an exact integer count of 2^-1074. */
  function inTinyUnits(value: number): bigint {
    const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!;
    const exponent = (bits >> 52n) & 0x7ffn;
    const fraction = bits & 0xfffffffffffffn;
    const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
    return bits >> 63n === 1n ? -magnitude : magnitude;
  }

  it('lies within the proven bound of the exact one, before and after float32', () => {
    fc.assert(
      fc.property(anyRound, (round) => {
        const sum = folded(round);
        const totalWeight = totalWeightOf(round);
        const bound = errorBound({ ...round, memberCount: round.updates.length, totalWeight });
        const sums = new BigInt64Array(sum.sums().slice().buffer);
        const means = sum.mean(0, round.elementCount, totalWeight);
        for (let element = 0; element < round.elementCount; element += 1) {
          const unrounded = (Number(sums[element]) / totalWeight) * powerOfTwo(-round.fractionBits);
          expect(isWithin(round, element, unrounded, bound)).toBe(true);
          const published = means[element]!;
          expect(published).toBe(Math.fround(unrounded));
          const lastPlace = Math.max(Math.abs(published) * 2 ** -24, 2 ** -150);
          expect(isWithin(round, element, published, bound + lastPlace * (1 + 2 ** -20))).toBe(
            true,
          );
        }
        sum.release();
      }),
      { numRuns: 1_000 },
    );
  });

  it('reaches the bound where every member is a tie, so the bound is no looser than it must be', () => {
    const arithmetic = { deltaBoundLog2: 0, fractionBits: 20, weightMax: 1 };
    const tie = 2 ** -21;
    const updates = Array.from({ length: 9 }, () => ({ values: [tie], weight: 1 }));
    const round = { ...arithmetic, elementCount: 1, updates };
    const mean = folded(round).mean(0, 1, 9)[0]!;
    const bound = errorBound({ ...arithmetic, memberCount: 9, totalWeight: 9 });
    expect(isWithin(round, 0, mean, bound)).toBe(true);
    expect(isWithin(round, 0, mean, bound * (1 - 2 ** -20))).toBe(false);
  });
});
