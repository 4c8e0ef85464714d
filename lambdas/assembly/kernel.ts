/**
 * The exact sum's inner loops, in AssemblyScript: WebAssembly with fixed-width SIMD and nothing
 * else, no runtime, no import but the memory. What each operation means is said, and defined, by
 * `SumKernel` and the reference kernel in `src/aggregation`; this file only has to be fast.
 *
 * Pointers are bytes into the memory, counts are elements. `npm run build:kernel` compiles it.
 */

/**
 * 1.5 · 2^52. A double between 2^52 and 2^53 has no fraction bits left, so adding this to any
 * |x| <= 2^51 makes the adder round x to an integer, ties to even, and leaves that integer in the
 * low bits, offset by {@link ROUNDER_BITS}. The product before it is exact, so a fused
 * multiply-add could not change a bit; none is used.
 */
const ROUNDER: f64 = 6755399441055744.0;

/** The bits of {@link ROUNDER}: what every rounded value carries too much until it is subtracted. */
const ROUNDER_BITS: i64 = 0x4338000000000000;

/** The bits of a float32 without its sign. */
const MAGNITUDE_MASK: i32 = 0x7fffffff;

/** Biased bits of the two lower values, each times `scale`. */
function biasedLow(values: v128, scale: v128): v128 {
  return f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(values), scale), f64x2.splat(ROUNDER));
}

/** Biased bits of the two upper values, each times `scale`. */
function biasedHigh(values: v128, scale: v128): v128 {
  return biasedLow(v128.shuffle<i32>(values, values, 2, 3, 2, 3), scale);
}

/** Biased bits of one value times `scale`, for the up to three elements behind the last vector. */
function biasedOne(value: usize, scale: f64): i64 {
  return reinterpret<i64>(<f64>load<f32>(value) * scale + ROUNDER);
}

/** Adds biased bits to the two sums at `sums`, and takes the bias off in the same step. */
function settle(sums: usize, biased: v128, bias: v128): void {
  v128.store(sums, i64x2.add(v128.load(sums), i64x2.sub(biased, bias)));
}

/** Whether the largest magnitude is below `boundBits`, the bits of a positive float32. */
export function isWithinBound(block: usize, elementCount: usize, boundBits: i32): bool {
  const mask = i32x4.splat(MAGNITUDE_MASK);
  const vectorEnd = block + ((elementCount & ~7) << 2);
  const end = block + (elementCount << 2);
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  let value = block;
  for (; value < vectorEnd; value += 32) {
    even = i32x4.max_s(even, v128.and(v128.load(value), mask));
    odd = i32x4.max_s(odd, v128.and(v128.load(value, 16), mask));
  }
  let isWithin = !v128.any_true(i32x4.ge_s(i32x4.max_s(even, odd), i32x4.splat(boundBits)));
  for (; value < end; value += 4) {
    isWithin = isWithin && (load<i32>(value) & MAGNITUDE_MASK) < boundBits;
  }
  return isWithin;
}

/** Folds one block. */
export function fold1(sums: usize, block: usize, elementCount: usize, scale: f64): void {
  const vectorScale = f64x2.splat(scale);
  const bias = i64x2.splat(ROUNDER_BITS);
  const vectorEnd = block + ((elementCount & ~3) << 2);
  const end = block + (elementCount << 2);
  let sum = sums;
  let value = block;
  for (; value < vectorEnd; value += 16, sum += 32) {
    const values = v128.load(value);
    settle(sum, biasedLow(values, vectorScale), bias);
    settle(sum + 16, biasedHigh(values, vectorScale), bias);
  }
  for (; value < end; value += 4, sum += 8) {
    store<i64>(sum, load<i64>(sum) + (biasedOne(value, scale) - ROUNDER_BITS));
  }
}

/** Folds two blocks, `stride` bytes apart. */
// biome-ignore lint/complexity/useMaxParams: a WebAssembly function takes scalars only
export function fold2(
  sums: usize,
  blocks: usize,
  stride: usize,
  elementCount: usize,
  scaleA: f64,
  scaleB: f64,
): void {
  const vectorA = f64x2.splat(scaleA);
  const vectorB = f64x2.splat(scaleB);
  const bias = i64x2.splat(2 * ROUNDER_BITS);
  const vectorEnd = blocks + ((elementCount & ~3) << 2);
  const end = blocks + (elementCount << 2);
  let sum = sums;
  let value = blocks;
  for (; value < vectorEnd; value += 16, sum += 32) {
    const a = v128.load(value);
    const b = v128.load(value + stride);
    settle(sum, i64x2.add(biasedLow(a, vectorA), biasedLow(b, vectorB)), bias);
    settle(sum + 16, i64x2.add(biasedHigh(a, vectorA), biasedHigh(b, vectorB)), bias);
  }
  for (; value < end; value += 4, sum += 8) {
    const biased = biasedOne(value, scaleA) + biasedOne(value + stride, scaleB);
    store<i64>(sum, load<i64>(sum) + (biased - 2 * ROUNDER_BITS));
  }
}

/**
 * Folds four blocks, `stride` bytes apart: one pass over the sums for four over the values, which
 * is what brings it near the speed of a copy.
 */
// biome-ignore lint/complexity/useMaxParams: a WebAssembly function takes scalars only
export function fold4(
  sums: usize,
  blocks: usize,
  stride: usize,
  elementCount: usize,
  scaleA: f64,
  scaleB: f64,
  scaleC: f64,
  scaleD: f64,
): void {
  const vectorA = f64x2.splat(scaleA);
  const vectorB = f64x2.splat(scaleB);
  const vectorC = f64x2.splat(scaleC);
  const vectorD = f64x2.splat(scaleD);
  const bias = i64x2.splat(4 * ROUNDER_BITS);
  const strideC = stride * 2;
  const strideD = stride * 3;
  const vectorEnd = blocks + ((elementCount & ~3) << 2);
  const end = blocks + (elementCount << 2);
  let sum = sums;
  let value = blocks;
  for (; value < vectorEnd; value += 16, sum += 32) {
    const a = v128.load(value);
    const b = v128.load(value + stride);
    const c = v128.load(value + strideC);
    const d = v128.load(value + strideD);
    const lowAb = i64x2.add(biasedLow(a, vectorA), biasedLow(b, vectorB));
    const lowCd = i64x2.add(biasedLow(c, vectorC), biasedLow(d, vectorD));
    settle(sum, i64x2.add(lowAb, lowCd), bias);
    const highAb = i64x2.add(biasedHigh(a, vectorA), biasedHigh(b, vectorB));
    const highCd = i64x2.add(biasedHigh(c, vectorC), biasedHigh(d, vectorD));
    settle(sum + 16, i64x2.add(highAb, highCd), bias);
  }
  for (; value < end; value += 4, sum += 8) {
    const ab = biasedOne(value, scaleA) + biasedOne(value + stride, scaleB);
    const cd = biasedOne(value + strideC, scaleC) + biasedOne(value + strideD, scaleD);
    store<i64>(sum, load<i64>(sum) + (ab + cd - 4 * ROUNDER_BITS));
  }
}

/** Adds int64 to int64. */
export function add(sums: usize, addends: usize, elementCount: usize): void {
  const vectorEnd = addends + ((elementCount & ~1) << 3);
  const end = addends + (elementCount << 3);
  let sum = sums;
  let addend = addends;
  for (; addend < vectorEnd; addend += 16, sum += 16) {
    v128.store(sum, i64x2.add(v128.load(sum), v128.load(addend)));
  }
  if (addend < end) {
    store<i64>(sum, load<i64>(sum) + load<i64>(addend));
  }
}

/** Writes float32 means; `unit` is 2^-q. The order of the operations is part of the arithmetic. */
// biome-ignore lint/complexity/useMaxParams: a WebAssembly function takes scalars only
export function mean(
  means: usize,
  sums: usize,
  elementCount: usize,
  totalWeight: f64,
  unit: f64,
): void {
  const end = means + (elementCount << 2);
  let sum = sums;
  for (let value = means; value < end; value += 4, sum += 8) {
    store<f32>(value, <f32>((<f64>load<i64>(sum) / totalWeight) * unit));
  }
}
