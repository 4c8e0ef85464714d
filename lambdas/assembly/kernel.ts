/**
 * The exact sum's inner loops, in AssemblyScript: WebAssembly with fixed-width SIMD and nothing
 * else, no runtime, no import but the memory. What each operation means is said, and defined, by
 * `SumKernel` and the reference kernel in `src/aggregation`; this file only has to be fast.
 *
 * Pointers are bytes into the memory, counts are elements. Loops take eight or sixteen elements a
 * step, since engines test for interrupts at every turn; the rest goes one by one.
 * `npm run build:kernel` compiles it.
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

/** Biased bits of two values, each times its lane of `scale`. */
function biasedPair(values: usize, scale: v128): v128 {
  const exact = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(values)), scale);
  return f64x2.add(exact, f64x2.splat(ROUNDER));
}

/** Biased bits of one value times `scale`, for the elements behind the last whole step. */
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
  const stepsEnd = block + ((elementCount & ~15) << 2);
  const end = block + (elementCount << 2);
  let largest0 = i32x4.splat(0);
  let largest1 = i32x4.splat(0);
  let largest2 = i32x4.splat(0);
  let largest3 = i32x4.splat(0);
  let value = block;
  for (; value < stepsEnd; value += 64) {
    largest0 = i32x4.max_s(largest0, v128.and(v128.load(value), mask));
    largest1 = i32x4.max_s(largest1, v128.and(v128.load(value, 16), mask));
    largest2 = i32x4.max_s(largest2, v128.and(v128.load(value, 32), mask));
    largest3 = i32x4.max_s(largest3, v128.and(v128.load(value, 48), mask));
  }
  const largest = i32x4.max_s(i32x4.max_s(largest0, largest1), i32x4.max_s(largest2, largest3));
  let isWithin = !v128.any_true(i32x4.ge_s(largest, i32x4.splat(boundBits)));
  for (; value < end; value += 4) {
    isWithin = isWithin && (load<i32>(value) & MAGNITUDE_MASK) < boundBits;
  }
  return isWithin;
}

/** Folds one block. */
export function fold1(sums: usize, block: usize, elementCount: usize, scale: f64): void {
  const vectorScale = f64x2.splat(scale);
  const bias = i64x2.splat(ROUNDER_BITS);
  const stepsEnd = block + ((elementCount & ~7) << 2);
  const end = block + (elementCount << 2);
  let sum = sums;
  let a = block;
  for (; a < stepsEnd; a += 32, sum += 64) {
    settle(sum, biasedPair(a, vectorScale), bias);
    settle(sum + 16, biasedPair(a + 8, vectorScale), bias);
    settle(sum + 32, biasedPair(a + 16, vectorScale), bias);
    settle(sum + 48, biasedPair(a + 24, vectorScale), bias);
  }
  for (; a < end; a += 4, sum += 8) {
    store<i64>(sum, load<i64>(sum) + (biasedOne(a, scale) - ROUNDER_BITS));
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
  const stepsEnd = blocks + ((elementCount & ~7) << 2);
  const end = blocks + (elementCount << 2);
  let sum = sums;
  let a = blocks;
  let b = blocks + stride;
  for (; a < stepsEnd; a += 32, b += 32, sum += 64) {
    settle(sum, i64x2.add(biasedPair(a, vectorA), biasedPair(b, vectorB)), bias);
    settle(sum + 16, i64x2.add(biasedPair(a + 8, vectorA), biasedPair(b + 8, vectorB)), bias);
    settle(sum + 32, i64x2.add(biasedPair(a + 16, vectorA), biasedPair(b + 16, vectorB)), bias);
    settle(sum + 48, i64x2.add(biasedPair(a + 24, vectorA), biasedPair(b + 24, vectorB)), bias);
  }
  for (; a < end; a += 4, b += 4, sum += 8) {
    const biased = biasedOne(a, scaleA) + biasedOne(b, scaleB);
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
  const stepsEnd = blocks + ((elementCount & ~7) << 2);
  const end = blocks + (elementCount << 2);
  let sum = sums;
  let a = blocks;
  let b = a + stride;
  let c = b + stride;
  let d = c + stride;
  for (; a < stepsEnd; a += 32, b += 32, c += 32, d += 32, sum += 64) {
    const ab0 = i64x2.add(biasedPair(a, vectorA), biasedPair(b, vectorB));
    const cd0 = i64x2.add(biasedPair(c, vectorC), biasedPair(d, vectorD));
    settle(sum, i64x2.add(ab0, cd0), bias);
    const ab1 = i64x2.add(biasedPair(a + 8, vectorA), biasedPair(b + 8, vectorB));
    const cd1 = i64x2.add(biasedPair(c + 8, vectorC), biasedPair(d + 8, vectorD));
    settle(sum + 16, i64x2.add(ab1, cd1), bias);
    const ab2 = i64x2.add(biasedPair(a + 16, vectorA), biasedPair(b + 16, vectorB));
    const cd2 = i64x2.add(biasedPair(c + 16, vectorC), biasedPair(d + 16, vectorD));
    settle(sum + 32, i64x2.add(ab2, cd2), bias);
    const ab3 = i64x2.add(biasedPair(a + 24, vectorA), biasedPair(b + 24, vectorB));
    const cd3 = i64x2.add(biasedPair(c + 24, vectorC), biasedPair(d + 24, vectorD));
    settle(sum + 48, i64x2.add(ab3, cd3), bias);
  }
  for (; a < end; a += 4, b += 4, c += 4, d += 4, sum += 8) {
    const ab = biasedOne(a, scaleA) + biasedOne(b, scaleB);
    const cd = biasedOne(c, scaleC) + biasedOne(d, scaleD);
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
