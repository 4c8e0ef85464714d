import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExactSum } from '../../src/aggregation/exact-sum.ts';
import { powerOfTwo, statisticFractionBitsFor } from '../../src/aggregation/fixed-point.ts';
import { createStatisticSum } from '../../src/aggregation/statistic-sum.ts';
import {
  type Arithmetic,
  anyArithmetic,
  anyFloat32,
  anyValue,
  float32Bytes,
  inSmallestUnits,
  largestBelow,
} from './float32.ts';
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
  readonly statistics: {
    readonly ranges: readonly { begin: number; end: number }[];
    readonly boundLog2: number;
  };
  readonly updates: readonly Update[];
}

/** Runs of trained elements and statistics in turn, some of them empty. */
function rangesOf(lengths: readonly number[]): { begin: number; end: number }[] {
  let at = 0;
  return lengths.flatMap((length, index) => {
    const begin = at;
    at += length;
    return index % 2 === 1 && length > 0 ? [{ begin, end: at }] : [];
  });
}

const isStatistic = ({ statistics }: Pick<Round, 'statistics'>, element: number): boolean =>
  statistics.ranges.some(({ begin, end }) => element >= begin && element < end);

/** Any statistic within 2^s: what may be met there, at any scale of a float32. */
const statisticBelow = (boundLog2: number) =>
  anyFloat32.map((value) =>
    Math.abs(value) < powerOfTwo(boundLog2) ? value : Math.fround(largestBelow(boundLog2)),
  );

const anyRound: fc.Arbitrary<Round> = fc
  .tuple(
    anyArithmetic,
    fc.integer({ min: -20, max: 64 }),
    fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 6 }),
  )
  .filter(([, , lengths]) => lengths.some((length) => length > 0))
  .chain(([arithmetic, boundLog2, lengths]) => {
    const statistics = { ranges: rangesOf(lengths), boundLog2 };
    const elementCount = lengths.reduce((sum, length) => sum + length, 0);
    const values = Array.from({ length: elementCount }, (_, element) =>
      isStatistic({ statistics }, element) ? statisticBelow(boundLog2) : anyValue(arithmetic),
    );
    const update = fc.record({
      values: fc.tuple(...values),
      weight: fc.integer({ min: 1, max: arithmetic.weightMax }),
    });
    return fc
      .array(update, { minLength: 1, maxLength: 9 })
      .map((updates) => ({ ...arithmetic, statistics, elementCount, updates }));
  });

/** Σ roundTiesToEven(x · w · 2^q), in integers from beginning to end. */
function exactSum(updates: readonly Update[], element: number, fractionBits: number): bigint {
  const shift = 149 - fractionBits;
  return updates.reduce((sum, { values, weight }) => {
    const product = inSmallestUnits(values[element]!) * BigInt(weight);
    return sum + (shift <= 0 ? product << BigInt(-shift) : roundedShift(product, BigInt(shift)));
  }, 0n);
}

function roundedShift(value: bigint, bits: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const floor = magnitude >> bits;
  const rest = (magnitude - (floor << bits)) * 2n;
  const unit = 1n << bits;
  const isUp = rest > unit || (rest === unit && floor % 2n === 1n);
  const rounded = isUp ? floor + 1n : floor;
  return value < 0n ? -rounded : rounded;
}

function expectedMeans(round: Round): number[] {
  const { updates, fractionBits, deltaBoundLog2, statistics } = round;
  const statisticBits = statisticFractionBitsFor({
    fractionBits,
    deltaBoundLog2,
    statisticBoundLog2: statistics.boundLog2,
  });
  const totalWeight = totalWeightOf(round);
  return Array.from({ length: round.elementCount }, (_, element) => {
    const bits = isStatistic(round, element) ? statisticBits : fractionBits;
    const sum = exactSum(updates, element, bits);
    return Math.fround((Number(sum) / totalWeight) * powerOfTwo(-bits));
  });
}

/** −0 and 0 are one number here: a sum in integers has no sign of zero. */
const unsigned = (values: Iterable<number>) => [...values].map((value) => value + 0);

describe('a sum with statistics', () => {
  it('has the means of one integer sum for each element, statistics by their own bits', () => {
    fc.assert(
      fc.property(anyRound, fc.integer({ min: 1, max: 9 }), (round, blockElementCount) => {
        const sum = createStatisticSum({ ...round, blockElementCount });
        const outcomes = sum.add(0, contributionsOf(round.updates));
        expect(new Set(outcomes)).toEqual(new Set(['added']));
        const totalWeight = totalWeightOf(round);
        expect(sum.weighs(totalWeight)).toBe(true);
        const means = sum.mean(0, round.elementCount, totalWeight);
        expect(unsigned(means)).toEqual(unsigned(expectedMeans(round)));
        sum.release();
      }),
      { numRuns: 1_000 },
    );
  });

  it('has the same bits in any order, any grouping, any pieces and any blocks', () => {
    const pieceLengths = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(anyRound.chain(groupingOf), pieceLengths, (grouping, pieceLength) => {
        const { round, blockElementCount } = grouping;
        const whole = createStatisticSum({ ...round, kernel: 'reference' });
        whole.add(0, contributionsOf(round.updates));
        const merged = createStatisticSum({ ...round, blockElementCount });
        for (const updates of groupsOf(grouping)) {
          const group = contributionsOf(updates);
          const partial = createStatisticSum({ ...round, blockElementCount });
          for (let begin = 0; begin < round.elementCount; begin += pieceLength) {
            const piece = group.map(({ bytes, weight }) => ({
              bytes: bytes.subarray(begin * 4, (begin + pieceLength) * 4),
              weight,
            }));
            partial.add(begin, piece);
          }
          merged.addSums(0, { sums: partial.sums(), witnesses: partial.witnesses() });
          partial.release();
        }
        expect(merged.sums()).toEqual(whole.sums());
        expect(merged.weighs(totalWeightOf(round))).toBe(true);
        whole.release();
        merged.release();
      }),
      { numRuns: 300 },
    );
  });

  it('holds nothing of what was taken back or refused', () => {
    const spoilt = fc.tuple(
      anyRound,
      fc.nat(),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 64, -(2 ** 64)),
    );
    fc.assert(
      fc.property(spoilt, ([round, place, bad]) => {
        const at = place % round.elementCount;
        const sum = createStatisticSum({ ...round, blockElementCount: 3 });
        sum.add(0, contributionsOf(round.updates));
        const before = sum.sums().slice();
        const worse = withElement(round.updates, at, bad);
        const fault = Number.isFinite(bad) ? 'out-of-bounds' : 'non-finite';
        expect(new Set(sum.add(0, contributionsOf(worse)))).toEqual(new Set([fault]));
        expect(sum.sums()).toEqual(before);
        sum.add(0, contributionsOf(round.updates, -1));
        expect(sum.sums().every((byte) => byte === 0)).toBe(true);
        sum.release();
      }),
      { numRuns: 500 },
    );
  });

  it('leaves trained elements the bits they have without statistics', () => {
    fc.assert(
      fc.property(anyRound, (round) => {
        const sum = createStatisticSum(round);
        sum.add(0, contributionsOf(round.updates));
        const trained = [...Array(round.elementCount).keys()].filter(
          (element) => !isStatistic(round, element),
        );
        const plain = createExactSum({ ...round, elementCount: trained.length });
        const updates = round.updates.map(({ values, weight }) => ({
          values: trained.map((element) => values[element]!),
          weight,
        }));
        plain.add(0, contributionsOf(updates));
        const sums = new BigInt64Array(sum.sums().slice().buffer);
        const expected = new BigInt64Array(plain.sums().slice().buffer);
        expect(trained.map((element) => sums[element])).toEqual([...expected]);
        sum.release();
        plain.release();
      }),
    );
  });

  it.each([
    ['a statistic just below its bound', largestBelow(40), 'added'],
    ['a statistic at its bound', 2 ** 40, 'out-of-bounds'],
    ['a statistic that a float32 can hardly hold', -(2 ** 127), 'out-of-bounds'],
    ['a trained value above its bound, whatever statistics may be', 16, 'out-of-bounds', 0],
  ])('judges %s', (_, value, outcome, at = 1) => {
    const sum = createStatisticSum({
      elementCount: 2,
      fractionBits: 30,
      deltaBoundLog2: 4,
      statistics: { ranges: [{ begin: 1, end: 2 }], boundLog2: 40 },
    });
    const values = [0, 0].map((zero, element) => (element === at ? Number(value) : zero));
    expect(sum.add(0, [{ bytes: float32Bytes(values), weight: 3 }])).toEqual([outcome]);
    sum.release();
  });

  it('resolves a small statistic beside a huge one', () => {
    const sum = createStatisticSum({
      elementCount: 2,
      fractionBits: 30,
      deltaBoundLog2: 4,
      statistics: { ranges: [{ begin: 0, end: 2 }], boundLog2: 40 },
    });
    const updates = [
      { values: [1e10, 1e-3], weight: 100 },
      { values: [3e10, 3e-3], weight: 300 },
    ];
    sum.add(0, contributionsOf(updates));
    const [huge, small] = sum.mean(0, 2, 400);
    expect(huge).toBe(Math.fround((1e10 + 3 * Math.fround(3e10)) / 4));
    expect(Math.abs(small! - 2.5e-3)).toBeLessThan(2 ** -29 / 200 + 2 ** -32);
    sum.release();
  });
});
