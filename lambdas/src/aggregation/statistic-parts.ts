import { powerOfTwo } from './fixed-point.ts';

/** Elements `begin` (inclusive) to `end` (exclusive). */
export interface StatisticRange {
  readonly begin: number;
  readonly end: number;
}

/** Which elements of a sum are statistics, and how large they may be. */
export interface Statistics {
  /** Elements of the sum, ascending, not empty, none in two ranges. */
  readonly ranges: readonly StatisticRange[];
  /** s: contributions with a statistic that is not below 2^s in magnitude are refused. */
  readonly boundLog2: number;
}

/** What scales a statistic's two parts to the range of a sum with bound 2^b and fraction bits q. */
export interface PartScales {
  /** 2^(K−s), K = b + q: turns a statistic into units of its high part. */
  readonly toUnits: number;
  /** 2^(b−K): turns a number of those units into what is folded. */
  readonly high: number;
  /** 2^b: turns a fraction of such a unit into what is folded. */
  readonly low: number;
}

/** Scales for statistics below 2^`boundLog2` in a sum with fraction bits `fractionBits`. */
export function partScales(options: {
  readonly boundLog2: number;
  readonly deltaBoundLog2: number;
  readonly fractionBits: number;
}): PartScales {
  const { boundLog2, deltaBoundLog2, fractionBits } = options;
  const resolutionBits = deltaBoundLog2 + fractionBits;
  return {
    toUnits: powerOfTwo(resolutionBits - boundLog2),
    high: powerOfTwo(deltaBoundLog2 - resolutionBits),
    low: powerOfTwo(deltaBoundLog2),
  };
}

/** One contribution whose statistics are split. */
export interface SplitContribution {
  /** float32, as long as the contribution: its values, with the high part of each statistic. */
  readonly high: Uint8Array;
  /** float32: the low parts of its statistics, one behind the other. */
  readonly low: Uint8Array;
}

/**
 * Splits the statistics of a contribution into two parts that each fit the bound of the other values.
 *
 * A statistic x is h units and a fraction l of a unit, with the sign of x; a unit is 2^(s−K). Both are
 * exact, since they are two halves of one float32's bits. Folded are h·2^(b−K), which is below 2^b if
 * and only if |x| < 2^s, and l·2^b, which always is. As float32 only values far too small to be counted
 * lose bits: below 2^−126, where any product with a weight and 2^q is below 2^−55 and rounds to 0.
 *
 * @param bytes - float32, little-endian, at any alignment; not changed.
 * @param ranges - Statistics among these values, as elements of `bytes`.
 */
export function splitStatistics(
  bytes: Uint8Array,
  ranges: readonly StatisticRange[],
  scales: PartScales,
): SplitContribution {
  const high = Uint8Array.from(bytes);
  const values = new Float32Array(high.buffer);
  const low = new Float32Array(ranges.reduce((sum, { begin, end }) => sum + end - begin, 0));
  let at = 0;

  for (const { begin, end } of ranges) {
    for (let element = begin; element < end; element += 1) {
      const units = (values[element] ?? 0) * scales.toUnits;
      const whole = Math.trunc(units);
      values[element] = highPart(whole, scales);
      low[at] = (units - whole) * scales.low;
      at += 1;
    }
  }
  return { high, low: new Uint8Array(low.buffer) };
}

/** A finite part is never so large that a float32 can't hold it: it is out of bounds, not infinite. */
function highPart(whole: number, { high, low: bound }: PartScales): number {
  const part = whole * high;
  if (!Number.isFinite(whole)) return Number.NaN;
  return Math.max(-bound, Math.min(bound, part));
}

/**
 * Joins the sums of both parts: S = high·2^K + low, in units of 2^−(2K−s), as if the statistic had been
 * folded whole with that many fraction bits. Because a high part is a multiple of 2^K of those units, an
 * even integer, the ties of the low part are the ties of the whole.
 *
 * @returns fround((Number(S) / `totalWeight`)·2^−(2K−s)): three roundings, in this order.
 */
export function statisticMean(parts: {
  readonly high: bigint;
  readonly low: bigint;
  readonly totalWeight: number;
  readonly resolutionBits: number;
  readonly fractionBits: number;
}): number {
  const { high, low, totalWeight, resolutionBits, fractionBits } = parts;
  const sum = (high << BigInt(resolutionBits)) + low;
  return Math.fround((Number(sum) / totalWeight) * powerOfTwo(-fractionBits));
}
