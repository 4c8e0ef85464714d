import assert from 'node:assert/strict';
import { TOTAL_WEIGHT_MAX } from '@tributary/client/protocol';
import {
  assertContributions,
  type Contribution,
  type ContributionOutcome,
  FLOAT32_BYTES,
} from './contribution.ts';
import { assertFractionBits, PRODUCT_BITS_MAX, powerOfTwo } from './fixed-point.ts';
import { FOLD_WIDTH, foldContributions, INT64_BYTES } from './fold-contributions.ts';
import { acquireKernel, type KernelKind, releaseKernel } from './kernel-pool.ts';
import type { SumKernel } from './sum-kernel.ts';

export type { Contribution, ContributionOutcome };

/** Most elements of one sum: 8 bytes each in a WebAssembly memory of 4 GiB, 32 MiB of it kept for blocks. */
export const SUM_ELEMENT_COUNT_MAX: number = 2 ** 29 - 2 ** 22;

/** Four blocks of this fill 1 MiB, a server core's second-level cache; smaller and larger ones measured slower. */
const BLOCK_ELEMENT_COUNT_DEFAULT: number = 2 ** 16;

/** Largest block: four of them take 16 MiB. */
export const BLOCK_ELEMENT_COUNT_MAX: number = 2 ** 20;

/** What a sum is made for. */
export interface ExactSumOptions {
  /** An integer, 0 … {@link SUM_ELEMENT_COUNT_MAX}. */
  readonly elementCount: number;
  /** q, from `fractionBitsFor`. */
  readonly fractionBits: number;
  /** b: contributions with a value that is not below 2^b in magnitude are refused. */
  readonly deltaBoundLog2: number;
  /**
   * Elements copied in at a time, 1 … {@link BLOCK_ELEMENT_COUNT_MAX}; changes no bit of a result.
   *
   * @default 65,536
   */
  readonly blockElementCount?: number;
  /** @default 'wasm' */
  readonly kernel?: KernelKind;
}

/**
 * A weighted sum of updates, exact in fixed point: the order, the grouping and the blocks in which
 * contributions come change no bit. Its memory is 8 bytes an element plus four blocks, however
 * many contributions it takes.
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

  /** Adds the {@link ExactSum.sums} of another sum, made with the same q, from `elementOffset` on. */
  addSums(elementOffset: number, sums: Uint8Array): void;

  /** The running sums, int64 little-endian; a view, valid until the next `add`, `addSums` or `release`. */
  sums(): Uint8Array;

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

/** Memory layout: {@link FOLD_WIDTH} blocks, then the sums. */
class KernelExactSum implements ExactSum {
  readonly elementCount: number;
  readonly #settings: Required<ExactSumOptions>;
  readonly #sumsStart: number;
  #held: SumKernel | undefined;

  constructor(settings: Required<ExactSumOptions>) {
    this.elementCount = settings.elementCount;
    this.#settings = settings;
    this.#sumsStart = FOLD_WIDTH * settings.blockElementCount * FLOAT32_BYTES;
    const byteLength = this.#sumsStart + settings.elementCount * INT64_BYTES;
    this.#held = acquireKernel(settings.kernel, byteLength);
  }

  add(elementOffset: number, contributions: readonly Contribution[]): ContributionOutcome[] {
    const { fractionBits, deltaBoundLog2 } = this.#settings;
    const weightMax = powerOfTwo(PRODUCT_BITS_MAX - deltaBoundLog2 - fractionBits);
    const elementCount = assertContributions(contributions, weightMax);
    const sumsStart = this.#sumsAt(elementOffset, elementCount);
    const place = { ...this.#settings, kernel: this.#kernel, sumsStart, elementCount };
    return foldContributions(place, contributions);
  }

  addSums(elementOffset: number, sums: Uint8Array): void {
    assert(
      sums.byteLength % INT64_BYTES === 0,
      `Sums of ${sums.byteLength} bytes, expected a multiple of ${INT64_BYTES}`,
    );
    const start = this.#sumsAt(elementOffset, sums.byteLength / INT64_BYTES);
    for (let offset = 0; offset < sums.byteLength; offset += this.#sumsStart) {
      const addends = sums.subarray(offset, offset + this.#sumsStart);
      this.#kernel.bytes.set(addends, 0);
      const elementCount = addends.byteLength / INT64_BYTES;
      this.#kernel.add({ sums: start + offset, addends: 0, elementCount });
    }
  }

  sums(): Uint8Array {
    return this.#kernel.bytes.subarray(
      this.#sumsStart,
      this.#sumsStart + this.elementCount * INT64_BYTES,
    );
  }

  mean(elementOffset: number, elementCount: number, totalWeight: number): Float32Array {
    const start = this.#sumsAt(elementOffset, elementCount);
    assertCount('Total weight', totalWeight, { min: 1, max: TOTAL_WEIGHT_MAX });
    const means = new Float32Array(elementCount);
    const step = this.#sumsStart / FLOAT32_BYTES;
    for (let done = 0; done < elementCount; done += step) {
      const count = Math.min(step, elementCount - done);
      this.#kernel.mean({
        means: 0,
        sums: start + done * INT64_BYTES,
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

  /** Byte offset of the sum of `elementOffset`, after asserting that `elementCount` of them exist. */
  #sumsAt(elementOffset: number, elementCount: number): number {
    assert(
      Number.isSafeInteger(elementOffset) &&
        Number.isSafeInteger(elementCount) &&
        elementOffset >= 0 &&
        elementCount >= 0 &&
        elementOffset + elementCount <= this.elementCount,
      `Elements ${elementOffset} to ${elementOffset + elementCount}, expected to lie within 0 to ${this.elementCount}`,
    );
    return this.#sumsStart + elementOffset * INT64_BYTES;
  }
}

function assertCount(name: string, count: number, allowed: { min: number; max: number }): void {
  assert(
    Number.isInteger(count) && count >= allowed.min && count <= allowed.max,
    `${name} of ${count}, expected an integer from ${allowed.min} to ${allowed.max}`,
  );
}
