import assert from 'node:assert/strict';
import { MEMBER_WEIGHT_MAX } from '@tributary/client/protocol';
import {
  assertContributions,
  type Contribution,
  type ContributionOutcome,
} from './contribution.ts';
import { createExactSum, type ExactSum, type ExactSumOptions } from './exact-sum.ts';
import { statisticFractionBitsFor } from './fixed-point.ts';
import {
  type PartScales,
  partScales,
  type SplitContribution,
  type StatisticRange,
  type Statistics,
  splitStatistics,
  statisticMean,
} from './statistic-parts.ts';
import { FOLD_WIDTH, INT64_BYTES } from './sum-memory.ts';

/** A sum some of whose elements are statistics. */
export interface StatisticSumOptions extends ExactSumOptions {
  readonly statistics: Statistics;
}

/**
 * An exact sum in which statistics have a bound and fraction bits of their own, and the other elements
 * keep theirs. Each statistic is two elements of one int64 sum: its high part in its own place, its low
 * part behind all elements, in the order of the statistics. So {@link ExactSum.elementCount} is the
 * number of elements and of statistics together, and all that holds for an exact sum holds for this one.
 *
 * @see statisticFractionBitsFor, splitStatistics
 */
export function createStatisticSum(options: StatisticSumOptions): ExactSum {
  const { statistics, ...own } = options;
  const count = countElements(statistics.ranges);
  const inner = createExactSum({ ...own, elementCount: own.elementCount + count });
  return new StatisticSum(inner, options);
}

class StatisticSum implements ExactSum {
  readonly elementCount: number;
  readonly #inner: ExactSum;
  readonly #options: StatisticSumOptions;
  readonly #scales: PartScales;

  constructor(inner: ExactSum, options: StatisticSumOptions) {
    this.elementCount = inner.elementCount;
    this.#inner = inner;
    this.#options = options;
    const { boundLog2 } = options.statistics;
    this.#scales = partScales({ ...options, boundLog2 });
  }

  add(elementOffset: number, contributions: readonly Contribution[]): ContributionOutcome[] {
    const count = assertContributions(contributions, MEMBER_WEIGHT_MAX);
    const touched = this.#within({ begin: elementOffset, end: elementOffset + count });
    if (touched.ranges.length === 0) return this.#inner.add(elementOffset, contributions);

    const outcomes: ContributionOutcome[] = [];
    for (let first = 0; first < contributions.length; first += FOLD_WIDTH) {
      // As many at a time as are folded in one pass: each is held once more as long as it takes.
      const group = contributions.slice(first, first + FOLD_WIDTH);
      outcomes.push(...this.#addGroup(elementOffset, group, touched));
    }
    return outcomes;
  }

  #addGroup(
    elementOffset: number,
    contributions: readonly Contribution[],
    { ranges, before }: Touched,
  ): ContributionOutcome[] {
    const own = ranges.map(({ begin, end }) => ({
      begin: begin - elementOffset,
      end: end - elementOffset,
    }));
    const split = contributions.map(({ bytes, weight }) => ({
      weight,
      parts: splitStatistics(bytes, own, this.#scales),
    }));

    const outcomes = this.#inner.add(elementOffset, split.map(bytesOf('high')));
    const added = split.filter((_, at) => outcomes[at] === 'added');
    const lowOutcomes = this.#inner.add(
      this.#options.elementCount + before,
      added.map(bytesOf('low')),
    );
    assert(
      lowOutcomes.every((outcome) => outcome === 'added'),
      'Low parts of statistics were refused, expected them to be within every bound',
    );
    return outcomes;
  }

  /** The statistics within a range of elements, and how many lie before it. */
  #within({ begin, end }: StatisticRange): Touched {
    const { ranges } = this.#options.statistics;
    const cut = (from: number, to: number): StatisticRange[] =>
      ranges
        .map((range) => ({ begin: Math.max(from, range.begin), end: Math.min(to, range.end) }))
        .filter((range) => range.begin < range.end);
    return { ranges: cut(begin, end), before: countElements(cut(0, begin)) };
  }

  addSums(...args: Parameters<ExactSum['addSums']>): void {
    this.#inner.addSums(...args);
  }

  sums(): Uint8Array {
    return this.#inner.sums();
  }

  witnesses(): Uint8Array {
    return this.#inner.witnesses();
  }

  weighs(totalWeight: number): boolean {
    return this.#inner.weighs(totalWeight);
  }

  mean(elementOffset: number, elementCount: number, totalWeight: number): Float32Array {
    const end = elementOffset + elementCount;
    assert(
      end <= this.#options.elementCount,
      `Elements ${elementOffset} to ${end}, expected to lie within 0 to ${this.#options.elementCount}`,
    );
    const means = this.#inner.mean(elementOffset, elementCount, totalWeight);
    const { ranges, before } = this.#within({ begin: elementOffset, end });
    let low = this.#options.elementCount + before;

    for (const range of ranges) {
      for (let high = range.begin; high < range.end; high += 1) {
        means[high - elementOffset] = this.#statisticMean({ high, low }, totalWeight);
        low += 1;
      }
    }
    return means;
  }

  #statisticMean(at: { readonly high: number; readonly low: number }, totalWeight: number): number {
    const { deltaBoundLog2, fractionBits, statistics } = this.#options;
    const resolutionBits = deltaBoundLog2 + fractionBits;
    const { buffer, byteOffset, byteLength } = this.#inner.sums();
    const sums = new DataView(buffer, byteOffset, byteLength);
    return statisticMean({
      high: sums.getBigInt64(at.high * INT64_BYTES, true),
      low: sums.getBigInt64(at.low * INT64_BYTES, true),
      totalWeight,
      resolutionBits,
      fractionBits: statisticFractionBitsFor({
        fractionBits,
        deltaBoundLog2,
        statisticBoundLog2: statistics.boundLog2,
      }),
    });
  }

  release(): void {
    this.#inner.release();
  }
}

/** Statistics within a range. */
interface Touched {
  readonly ranges: readonly StatisticRange[];
  /** Statistics before the range. */
  readonly before: number;
}

function bytesOf(
  part: keyof SplitContribution,
): (split: { readonly parts: SplitContribution; readonly weight: number }) => Contribution {
  return ({ parts, weight }) => ({ bytes: parts[part], weight });
}

function countElements(ranges: readonly StatisticRange[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}
