import assert from 'node:assert/strict';
import { TOTAL_WEIGHT_MAX } from '@tributary/client/protocol';
import {
  assertContributions,
  type Contribution,
  type ContributionOutcome,
  FLOAT32_BYTES,
} from './contribution.ts';
import { assertFractionBits, PRODUCT_BITS_MAX, powerOfTwo } from './fixed-point.ts';
import { foldContributions } from './fold-contributions.ts';
import { acquireKernel, type KernelKind, releaseKernel } from './kernel-pool.ts';
import type { SumKernel } from './sum-kernel.ts';
import { blockRanges, INT64_BYTES, type SumMemory, sumMemory } from './sum-memory.ts';

export type { Contribution, ContributionOutcome };

/** Most elements of one sum: 8 bytes each in a WebAssembly memory of 4 GiB, 32 MiB of it kept for blocks. */
export const SUM_ELEMENT_COUNT_MAX: number = 2 ** 29 - 2 ** 22;

/** Four blocks of this fill 1 MiB, a server core's second-level cache; smaller and larger ones measured slower. */
const BLOCK_ELEMENT_COUNT_DEFAULT: number = 2 ** 16;

/** Largest block: four of them take 16 MiB. */
export const BLOCK_ELEMENT_COUNT_MAX: number = 2 ** 20;

/** Sums with the witnesses of the whole sum they are of. */
export interface WitnessedSums {
  /** int64, little-endian, of consecutive elements. */
  readonly sums: Uint8Array;
  /** int64, little-endian, as {@link ExactSum.witnesses} of a sum of equal length and blocks. */
  readonly witnesses: Uint8Array;
}

/** What a sum is made for. */
export interface ExactSumOptions {
  /** An integer, 0 … {@link SUM_ELEMENT_COUNT_MAX}. */
  readonly elementCount: number;
  /** q, from `fractionBitsFor`. */
  readonly fractionBits: number;
  /** b: contributions with a value that is not below 2^b in magnitude are refused. */
  readonly deltaBoundLog2: number;
  /**
   * Elements copied in at a time, 1 … {@link BLOCK_ELEMENT_COUNT_MAX}; changes no bit of a sum or mean.
   *
   * @default 65,536
   */
  readonly blockElementCount?: number;
  /** @default 'wasm' */
  readonly kernel?: KernelKind;
}

/**
 * A weighted sum of updates, exact in fixed point: the order, the grouping and the blocks in which
 * contributions come change no bit. Its memory is 8 bytes an element plus four blocks and 8 bytes a
 * block, however many contributions it takes.
 *
 * Every block has a witness: one more element of constant value, 2^(b−1), that is folded, merged and
 * taken back by the calls that do so with the block's values. What passes a block by passes its
 * witness by, so {@link ExactSum.weighs} tells what was really added, whatever callers believe.
 *
 * It can't overflow while it holds no more than the round's capacity N·W, of which q was made.
 */
export interface ExactSum {
  readonly elementCount: number;

  /**
   * Adds updates' values for the elements from `elementOffset` on. All contributions of one call
   * have the same length, a multiple of 4 bytes; a refused one adds nothing of this call.
   *
   * @returns one outcome a contribution, in order.
   */
  add(elementOffset: number, contributions: readonly Contribution[]): ContributionOutcome[];

  /**
   * Adds sums of another sum, made with the same q, b, length and blocks, from `elementOffset` on; of
   * its witnesses those whose blocks end within.
   */
  addSums(elementOffset: number, addends: WitnessedSums): void;

  /** The running sums, int64 little-endian; a view, valid until the next `add`, `addSums` or `release`. */
  sums(): Uint8Array;

  /** One int64 a block, little-endian: Σ weight·2^(b−1+q) of what its last element holds; a view as `sums`. */
  witnesses(): Uint8Array;

  /** Whether the last element of every block holds contributions of exactly this weight together. */
  weighs(totalWeight: number): boolean;

  /**
   * Weighted means, fround((sum / `totalWeight`)·2^−q); float32, shape `[elementCount]`.
   *
   * @param totalWeight - Σ weight of what is in the sum; an integer, 1 … 2^53.
   * @see errorBound
   */
  mean(elementOffset: number, elementCount: number, totalWeight: number): Float32Array;

  /**
   * Gives the memory to the next sum, so that a warm function stays as small as its largest one;
   * nothing of this sum may be used afterwards. Once is enough, twice does no harm.
   */
  release(): void;
}

/**
 * An exact sum of nothing yet.
 *
 * @throws InvocationFailedError `out-of-memory` when the process can't have 8 bytes an element.
 */
export function createExactSum(options: ExactSumOptions): ExactSum {
  const settings = {
    kernel: 'wasm',
    blockElementCount: BLOCK_ELEMENT_COUNT_DEFAULT,
    ...options,
  } as const;
  assertFractionBits(settings.fractionBits, settings.deltaBoundLog2);
  assertCount('Exact sum', settings.elementCount, { min: 0, max: SUM_ELEMENT_COUNT_MAX });
  assertCount('Block', settings.blockElementCount, { min: 1, max: BLOCK_ELEMENT_COUNT_MAX });
  return new KernelExactSum(settings);
}

class KernelExactSum implements ExactSum {
  readonly elementCount: number;
  readonly #settings: Required<ExactSumOptions>;
  readonly #memory: SumMemory;
  #held: SumKernel | undefined;

  constructor(settings: Required<ExactSumOptions>) {
    this.elementCount = settings.elementCount;
    this.#settings = settings;
    this.#memory = sumMemory(settings);
    this.#held = acquireKernel(settings.kernel, this.#memory.byteLength);
    const marker = new DataView(this.#held.bytes.buffer, this.#memory.marker, FLOAT32_BYTES);
    // Within the bound, so that witnesses overflow no sooner than sums.
    marker.setFloat32(0, powerOfTwo(settings.deltaBoundLog2 - 1), true);
  }

  add(elementOffset: number, contributions: readonly Contribution[]): ContributionOutcome[] {
    const { fractionBits, deltaBoundLog2 } = this.#settings;
    const weightMax = powerOfTwo(PRODUCT_BITS_MAX - deltaBoundLog2 - fractionBits);
    const elementCount = assertContributions(contributions, weightMax);
    this.#assertWithin(elementOffset, elementCount);
    const place = { kernel: this.#kernel, memory: this.#memory, elementOffset, elementCount };
    return foldContributions({ ...place, fractionBits, deltaBoundLog2 }, contributions);
  }

  addSums(elementOffset: number, { sums, witnesses }: WitnessedSums): void {
    assert(
      sums.byteLength % INT64_BYTES === 0,
      `Sums of ${sums.byteLength} bytes, expected a multiple of ${INT64_BYTES}`,
    );
    const { witnessCount } = this.#memory;
    assert(
      witnesses.byteLength === witnessCount * INT64_BYTES,
      `Witnesses of ${witnesses.byteLength} bytes, expected ${witnessCount * INT64_BYTES}`,
    );
    const elementCount = sums.byteLength / INT64_BYTES;
    this.#assertWithin(elementOffset, elementCount);
    const end = elementOffset + elementCount;
    for (const range of blockRanges(this.#memory, { begin: elementOffset, end })) {
      const from = (range.begin - elementOffset) * INT64_BYTES;
      const to = (range.end - elementOffset) * INT64_BYTES;
      this.#addStaged(this.#memory.sums + range.begin * INT64_BYTES, sums.subarray(from, to));
      if (range.witness === undefined) continue;
      const at = range.witness * INT64_BYTES;
      this.#addStaged(this.#memory.witnesses + at, witnesses.subarray(at, at + INT64_BYTES));
    }
  }

  #addStaged(sums: number, addends: Uint8Array): void {
    this.#kernel.bytes.set(addends, 0);
    this.#kernel.add({ sums, addends: 0, elementCount: addends.byteLength / INT64_BYTES });
  }

  sums(): Uint8Array {
    return this.#kernel.bytes.subarray(this.#memory.sums, this.#memory.witnesses);
  }

  witnesses(): Uint8Array {
    return this.#kernel.bytes.subarray(this.#memory.witnesses, this.#memory.marker);
  }

  weighs(totalWeight: number): boolean {
    const { fractionBits, deltaBoundLog2 } = this.#settings;
    const expected = BigInt(totalWeight) << BigInt(deltaBoundLog2 - 1 + fractionBits);
    const { buffer, byteOffset } = this.witnesses();
    const found = new BigInt64Array(buffer, byteOffset, this.#memory.witnessCount);
    return found.every((witness) => witness === expected);
  }

  mean(elementOffset: number, elementCount: number, totalWeight: number): Float32Array {
    this.#assertWithin(elementOffset, elementCount);
    assertCount('Total weight', totalWeight, { min: 1, max: TOTAL_WEIGHT_MAX });
    const means = new Float32Array(elementCount);
    const step = this.#memory.sums / FLOAT32_BYTES;
    for (let done = 0; done < elementCount; done += step) {
      const count = Math.min(step, elementCount - done);
      this.#kernel.mean({
        means: 0,
        sums: this.#memory.sums + (elementOffset + done) * INT64_BYTES,
        elementCount: count,
        totalWeight,
        fractionBits: this.#settings.fractionBits,
      });
      means.set(new Float32Array(this.#kernel.bytes.buffer, 0, count), done);
    }
    return means;
  }

  release(): void {
    if (this.#held) {
      releaseKernel(this.#settings.kernel, this.#held);
      this.#held = undefined;
    }
  }

  get #kernel(): SumKernel {
    assert(this.#held, 'Exact sum was released; create another');
    return this.#held;
  }

  #assertWithin(elementOffset: number, elementCount: number): void {
    assert(
      Number.isSafeInteger(elementOffset) &&
        Number.isSafeInteger(elementCount) &&
        elementOffset >= 0 &&
        elementCount >= 0 &&
        elementOffset + elementCount <= this.elementCount,
      `Elements ${elementOffset} to ${elementOffset + elementCount}, expected to lie within 0 to ${this.elementCount}`,
    );
  }
}

function assertCount(name: string, count: number, allowed: { min: number; max: number }): void {
  assert(
    Number.isInteger(count) && count >= allowed.min && count <= allowed.max,
    `${name} of ${count}, expected an integer from ${allowed.min} to ${allowed.max}`,
  );
}
