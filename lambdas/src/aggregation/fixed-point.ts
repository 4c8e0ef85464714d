import assert from 'node:assert/strict';
import {
  DELTA_BOUND_LOG2_MAX,
  DELTA_BOUND_LOG2_MIN,
  MEMBER_WEIGHT_MAX,
  TOTAL_WEIGHT_MAX,
} from '@tributary/client/protocol';

/** Version of the arithmetic in this folder: partials of different versions are never summed. */
export const ARITHMETIC_VERSION = 1;

/** Version of the arithmetic of rounds that state fraction bits for statistics. */
export const STATISTICS_ARITHMETIC_VERSION = 2;

/**
 * A product delta·weight·2^q stays at or below 2^51, so that adding 1.5·2^52 to it lands between
 * 2^52 and 2^53, where a double's unit is exactly 1.
 */
export const PRODUCT_BITS_MAX = 51;

/** A whole round's sum stays at or below 2^62, half of what an int64 holds. */
const SUM_BITS_MAX = 62;

/** What a round's capacity says about its sums. */
export interface FractionBitsOptions {
  /** b in |delta| < 2^b; an integer, {@link DELTA_BOUND_LOG2_MIN} … {@link DELTA_BOUND_LOG2_MAX}. */
  readonly deltaBoundLog2: number;
  /** W, the largest weight of one member; an integer, 1 … {@link MEMBER_WEIGHT_MAX}. */
  readonly weightMax: number;
  /** N, the most members a round can have; an integer ≥ 1, N·W ≤ {@link TOTAL_WEIGHT_MAX}. */
  readonly membersMax: number;
}

/**
 * The fraction bits q of a round's sums, as many as can't overflow:
 * min(51 − b − ⌈log2 W⌉, 62 − b − ⌈log2(N·W)⌉).
 *
 * A product is below 2^b·W·2^q ≤ 2^51. It has at most 24 + 25 significant bits, so the f64 holds
 * it exactly, and it is rounded once, to an integer. Because b + q ≥ 62 − 53 = 9, the bound
 * w·2^(b+q) on a member's product is an integer itself, so rounding can't exceed it, and N members
 * sum to at most N·W·2^(b+q) ≤ 2^62.
 *
 * @returns q, an integer with 9 ≤ b + q ≤ 51.
 */
export function fractionBitsFor(options: FractionBitsOptions): number {
  const { deltaBoundLog2, weightMax, membersMax } = options;
  assertDeltaBound(deltaBoundLog2);
  assertWeight(weightMax);
  assert(
    Number.isInteger(membersMax) && membersMax >= 1,
    `Round for ${membersMax} members, expected a positive integer`,
  );
  assert(
    BigInt(membersMax) * BigInt(weightMax) <= BigInt(TOTAL_WEIGHT_MAX),
    `Round for ${membersMax} members of weight up to ${weightMax}, expected a product of at most 2^53; lower the cap on weights or the capacity`,
  );
  return Math.min(
    PRODUCT_BITS_MAX - deltaBoundLog2 - ceilLog2(weightMax),
    SUM_BITS_MAX - deltaBoundLog2 - ceilLog2(membersMax * weightMax),
  );
}

/** What the fraction bits of statistics depend on. */
export interface StatisticFractionBitsOptions {
  /** q of the round. */
  readonly fractionBits: number;
  /** b of the plan. */
  readonly deltaBoundLog2: number;
  /** s in |statistic| < 2^s; an integer. */
  readonly statisticBoundLog2: number;
}

/**
 * The fraction bits of a round's statistics: 2·K − s, K = b + q.
 *
 * A statistic's sum has two int64 parts of K bits below their bound each, so it resolves 2·K bits below
 * 2^s. Each part is folded within 2^b with q fraction bits, as {@link fractionBitsFor} proves to be safe.
 * What {@link errorBound} says of a mean holds with s for b and these bits for q: the sum is exact, and
 * its conversion to f64 is the same single rounding.
 */
export function statisticFractionBitsFor(options: StatisticFractionBitsOptions): number {
  const { fractionBits, deltaBoundLog2, statisticBoundLog2 } = options;
  return 2 * (fractionBits + deltaBoundLog2) - statisticBoundLog2;
}

/** What a mean's error depends on. */
export interface ErrorBoundOptions {
  /** q of the sum. */
  readonly fractionBits: number;
  /** b in |delta| < 2^b. */
  readonly deltaBoundLog2: number;
  /** Members in the sum; 1 … `totalWeight`. */
  readonly memberCount: number;
  /** V, the sum of those members' weights. */
  readonly totalWeight: number;
}

/**
 * How far a mean may lie from the exact one before its last rounding to float32:
 * (M/V)·2^−(q+1) + 2^(b−52), for M members of total weight V.
 *
 * Proof. Let x_i = delta_i·w_i·2^q, exact in f64, and S = Σ round(x_i), exact in int64. Each
 * rounding moves a value by at most 1/2, so |S − Σ x_i| ≤ M/2; divided by V and by 2^q that is
 * (M/V)·2^−(q+1), at most 2^−(q+1) because weights are at least 1. Two roundings follow, of S to
 * f64 and of the quotient by V, each of relative size u = 2^−53 at most; scaling by 2^−q is exact,
 * for no value here comes near the subnormal doubles. Since |round(x_i)| ≤ w_i·2^(b+q),
 * |S|/V ≤ 2^(b+q), and the two move the mean by at most 2^b·(2u + u²) = 2^(b−52)·(1 + 2^−54).
 * The factor 1 + 2^−50 covers that last term and this function's own three roundings.
 *
 * The published value adds one rounding to float32: half a unit in its last place.
 */
export function errorBound(options: ErrorBoundOptions): number {
  const { fractionBits, deltaBoundLog2, memberCount, totalWeight } = options;
  const rounding = (memberCount / totalWeight) * powerOfTwo(-fractionBits - 1);
  return (rounding + powerOfTwo(deltaBoundLog2 - 52)) * (1 + powerOfTwo(-50));
}

/**
 * 2^exponent, exactly: made from its bits, because `Math.pow` may be off by a unit in some engines.
 *
 * @param exponent - An integer, −1022 … 1023: the normal doubles.
 */
export function powerOfTwo(exponent: number): number {
  assert(
    Number.isInteger(exponent) && exponent >= -1022 && exponent <= 1023,
    `Exponent ${exponent}, expected an integer from -1022 to 1023`,
  );
  return new Float64Array(BigInt64Array.of(BigInt(exponent + 1023) << 52n).buffer)[0] as number;
}

/** Asserts that 2^`deltaBoundLog2` may bound a plan's deltas. */
function assertDeltaBound(deltaBoundLog2: number): void {
  assert(
    Number.isInteger(deltaBoundLog2) &&
      deltaBoundLog2 >= DELTA_BOUND_LOG2_MIN &&
      deltaBoundLog2 <= DELTA_BOUND_LOG2_MAX,
    `Delta bound 2^${deltaBoundLog2}, expected an integer exponent from ${DELTA_BOUND_LOG2_MIN} to ${DELTA_BOUND_LOG2_MAX}`,
  );
}

/** Asserts that q and b fit each other, as those of {@link fractionBitsFor} do: 9 ≤ b + q ≤ 51. */
export function assertFractionBits(fractionBits: number, deltaBoundLog2: number): void {
  assertDeltaBound(deltaBoundLog2);
  const least = SUM_BITS_MAX - ceilLog2(TOTAL_WEIGHT_MAX) - deltaBoundLog2;
  const most = PRODUCT_BITS_MAX - deltaBoundLog2;
  assert(
    Number.isInteger(fractionBits) && fractionBits >= least && fractionBits <= most,
    `Fraction bits ${fractionBits}, expected an integer from ${least} to ${most} for deltas below 2^${deltaBoundLog2}`,
  );
}

/** Asserts that `weight` may be one member's; positive. */
export function assertWeight(weight: number): void {
  assert(
    Number.isInteger(weight) && weight >= 1 && weight <= MEMBER_WEIGHT_MAX,
    `Weight ${weight}, expected an integer from 1 to ${MEMBER_WEIGHT_MAX}`,
  );
}

/**
 * ⌈log2 value⌉ in integers: `Math.log2` rounds, and just above a power of two it rounds down.
 *
 * @param value - An integer, 1 … 2^53.
 */
function ceilLog2(value: number): number {
  let bits = 0;
  for (let power = 1; power < value; power *= 2) {
    bits += 1;
  }
  return bits;
}
