/** A block's numbers to test. */
export interface CheckOptions {
  /** Byte offset of the block's float32 values; a multiple of 4. */
  readonly block: number;
  readonly elementCount: number;
  /** b: every value must be finite and |value| < 2^b. */
  readonly deltaBoundLog2: number;
}

/** Blocks to fold into sums. */
export interface FoldOptions {
  /** Byte offset of the int64 sums, mutated; a multiple of 8. */
  readonly sums: number;
  /** Byte offset of the first block's float32 values; a multiple of 4. */
  readonly blocks: number;
  /** Bytes from a block's start to the next one's; a multiple of 4. */
  readonly blockStride: number;
  /** Elements of every block and of the sums. */
  readonly elementCount: number;
  /** One factor a block, weight·2^q with the weight's sign; a block whose factor is 0 is not read. */
  readonly scales: readonly number[];
}

/** Sums to add to sums. */
export interface AddOptions {
  /** Byte offset of the int64 sums, mutated; a multiple of 8. */
  readonly sums: number;
  /** Byte offset of the int64 values added; a multiple of 8. */
  readonly addends: number;
  readonly elementCount: number;
}

/** Sums to turn into means. */
export interface MeanOptions {
  /** Byte offset of the float32 means, written; a multiple of 4. */
  readonly means: number;
  /** Byte offset of the int64 sums; a multiple of 8. */
  readonly sums: number;
  readonly elementCount: number;
  /** Σ weight of what was folded; an integer, 1 … 2^53. */
  readonly totalWeight: number;
  /** q of the sums. */
  readonly fractionBits: number;
}

/**
 * The arithmetic of exact sums on one linear memory, little-endian. Two implementations give the
 * same bits: the reference, which defines them, and WebAssembly, which is fast. All offsets are
 * bytes into {@link SumKernel.bytes}; all ranges lie within it, which callers see to.
 */
export interface SumKernel {
  /** The memory. Replaced by {@link SumKernel.reserve}, so it is read anew each time. */
  readonly bytes: Uint8Array;

  /**
   * Makes the first `byteLength` bytes available and zero.
   *
   * @throws RangeError when the memory can't be had.
   */
  reserve(byteLength: number): void;

  /** Whether every value is finite and |value| < 2^b; NaN, ±Inf and too large ones all fail. */
  isWithinBound(options: CheckOptions): boolean;

  /** sums[i] += Σ over blocks of roundTiesToEven(block[i]·scale); |block[i]·scale| ≤ 2^51. */
  fold(options: FoldOptions): void;

  /** sums[i] += addends[i], modulo 2^64. */
  add(options: AddOptions): void;

  /** means[i] = fround((f64(sums[i]) / totalWeight)·2^−q): three roundings, in this order. */
  mean(options: MeanOptions): void;
}
