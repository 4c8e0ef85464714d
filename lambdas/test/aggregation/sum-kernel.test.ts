import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { powerOfTwo } from '../../src/aggregation/fixed-point.ts';
import { createReferenceKernel } from '../../src/aggregation/reference-kernel.ts';
import type { SumKernel } from '../../src/aggregation/sum-kernel.ts';
import { createWasmKernel } from '../../src/aggregation/wasm-kernel.ts';
import { anyArithmetic, anyFloat32, anyValue, float32Bytes, largestBelow } from './float32.ts';

const KERNELS = [
  { name: 'reference', create: createReferenceKernel },
  { name: 'wasm', create: createWasmKernel },
];

/** Where tests put things: blocks aligned to 4 only, sums to 8 only, so that no vector is aligned. */
const BLOCKS = 4;
const SUMS = 4_104;
const MEMORY_BYTES = 8_192;

function prepared(create: () => SumKernel): SumKernel {
  const kernel = create();
  kernel.reserve(MEMORY_BYTES);
  return kernel;
}

function sumsOf(kernel: SumKernel, elementCount: number): bigint[] {
  return [...new BigInt64Array(kernel.bytes.slice(SUMS, SUMS + elementCount * 8).buffer)];
}

function foldOne(kernel: SumKernel, values: readonly number[], scale: number): void {
  kernel.bytes.set(float32Bytes(values), BLOCKS);
  kernel.fold({
    sums: SUMS,
    blocks: BLOCKS,
    blockStride: 0,
    elementCount: values.length,
    scales: [scale],
  });
}

describe.each(KERNELS)('the $name kernel', ({ create }) => {
  it('rounds to the nearest integer, ties to the even one, signs alike', () => {
    const kernel = prepared(create);
    foldOne(kernel, [0.25, 0.5, 0.75, 1.5, 2.5, -0.5, -1.5, -2.5, -2.75, -0, 0], 1);
    expect(sumsOf(kernel, 11)).toEqual([0n, 0n, 1n, 2n, 2n, 0n, -2n, -2n, -3n, 0n, 0n]);
  });

  it('multiplies before it rounds', () => {
    const kernel = prepared(create);
    foldOne(kernel, [0.5, -0.5, 0.25], 5);
    expect(sumsOf(kernel, 3)).toEqual([2n, -2n, 1n]);
  });

  it('holds products up to 2^51 on both sides', () => {
    const kernel = prepared(create);
    const edge = largestBelow(20);
    foldOne(kernel, [edge, -edge, 2 ** 20, -(2 ** 20), 1], 2 ** 31);
    const most = (1n << 51n) - (1n << 27n);
    expect(sumsOf(kernel, 5)).toEqual([most, -most, 1n << 51n, -(1n << 51n), 1n << 31n]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50])(
    'folds, tests, adds and divides %i elements and touches no other',
    (elementCount) => {
      const kernel = prepared(create);
      kernel.bytes.fill(0xa5);
      kernel.bytes.fill(0, SUMS, SUMS + elementCount * 8);
      const values = Array.from({ length: elementCount }, (_, element) => element + 1);
      kernel.bytes.set(float32Bytes(values), BLOCKS);
      const block = { block: BLOCKS, elementCount };
      expect(kernel.isWithinBound({ ...block, deltaBoundLog2: 6 })).toBe(true);
      expect(kernel.isWithinBound({ ...block, deltaBoundLog2: -1 })).toBe(elementCount === 0);
      foldOne(kernel, values, 2);
      kernel.add({ sums: SUMS, addends: SUMS, elementCount });
      expect(sumsOf(kernel, elementCount)).toEqual(values.map((value) => BigInt(value * 4)));
      kernel.mean({ means: BLOCKS, sums: SUMS, elementCount, totalWeight: 4, fractionBits: 0 });
      const end = BLOCKS + elementCount * 4;
      expect(kernel.bytes.slice(BLOCKS, end)).toEqual(float32Bytes(values));
      const sumsEnd = SUMS + elementCount * 8;
      for (const [start, stop] of [
        [0, BLOCKS],
        [end, SUMS],
        [sumsEnd, MEMORY_BYTES],
      ]) {
        expect(kernel.bytes.subarray(start, stop).every((byte) => byte === 0xa5)).toBe(true);
      }
    },
  );

  it('never reads a block whose factor is zero', () => {
    const kernel = prepared(create);
    const blocks = [1, Number.NaN, 2, Number.NaN, Number.NaN, 3, 4, 5, 6, Number.NaN];
    kernel.bytes.set(float32Bytes(blocks), BLOCKS);
    const scales = blocks.map((value) => (Number.isNaN(value) ? 0 : 10));
    kernel.fold({ sums: SUMS, blocks: BLOCKS, blockStride: 4, elementCount: 1, scales });
    expect(sumsOf(kernel, 1)).toEqual([210n]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 8, -8, 3e38])(
    'finds %d wherever it hides',
    (bad) => {
      const kernel = prepared(create);
      for (let elementCount = 1; elementCount <= 34; elementCount += 1) {
        for (let element = 0; element < elementCount; element += 1) {
          const values = new Array<number>(elementCount).fill(-largestBelow(3));
          values[element] = bad;
          kernel.bytes.set(float32Bytes(values), BLOCKS);
          const options = { block: BLOCKS, elementCount, deltaBoundLog2: 3 };
          expect(kernel.isWithinBound(options)).toBe(false);
        }
      }
    },
  );

  it.each([
    { sum: 10n, totalWeight: 3, fractionBits: 10, mean: Math.fround(10 / 3 / 1024) },
    { sum: -(2n ** 62n), totalWeight: 2 ** 53, fractionBits: 10, mean: -0.5 },
    { sum: 0n, totalWeight: 1, fractionBits: 0, mean: 0 },
    // The sum's own rounding makes a tie of what lay above it: one rounding would go up.
    { sum: 2n ** 61n + 2n ** 37n + 1n, totalWeight: 1, fractionBits: 0, mean: 2 ** 61 },
    // The quotient is a tie; multiplying by the reciprocal would land below it.
    { sum: 1_644_147_519n, totalWeight: 49, fractionBits: 0, mean: 2 ** 25 - 400 },
  ])('rounds the sum, then the quotient, then the mean: $sum over $totalWeight', (row) => {
    const kernel = prepared(create);
    const { sum, totalWeight, fractionBits, mean } = row;
    kernel.bytes.set(new Uint8Array(BigInt64Array.of(sum).buffer), SUMS);
    kernel.mean({ means: BLOCKS, sums: SUMS, elementCount: 1, totalWeight, fractionBits });
    expect(kernel.bytes.slice(BLOCKS, BLOCKS + 4)).toEqual(float32Bytes([mean]));
  });

  it('reserves zeroed memory, again after use and when it grows', () => {
    const kernel = create();
    for (const byteLength of [100, 70_000, 5_000, 200_000]) {
      kernel.reserve(byteLength);
      expect(kernel.bytes.length).toBeGreaterThanOrEqual(byteLength);
      expect(kernel.bytes.subarray(0, byteLength).every((byte) => byte === 0)).toBe(true);
      kernel.bytes.fill(0xff);
    }
  });
});

describe('both kernels, bit for bit', () => {
  const reference = prepared(createReferenceKernel);
  const wasm = prepared(createWasmKernel);

  function onBoth(image: Uint8Array, act: (kernel: SumKernel) => void): void {
    for (const kernel of [reference, wasm]) {
      kernel.bytes.fill(0);
      kernel.bytes.set(image);
      act(kernel);
    }
    expect(Buffer.compare(wasm.bytes.subarray(0, MEMORY_BYTES), reference.bytes)).toBe(0);
  }

  const anySum = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });

  function imageOf(values: readonly number[], sums: readonly bigint[]): Uint8Array {
    const image = new Uint8Array(MEMORY_BYTES);
    image.set(float32Bytes(values), BLOCKS);
    image.set(new Uint8Array(BigInt64Array.from(sums).buffer), SUMS);
    return image;
  }

  it('fold the same', () => {
    const folds = anyArithmetic.chain((arithmetic) =>
      fc
        .record({
          elementCount: fc.nat({ max: 40 }),
          blockCount: fc.nat({ max: 9 }),
          gap: fc.nat({ max: 3 }),
        })
        .chain(({ elementCount, blockCount, gap }) => {
          const weight = fc.integer({ min: -arithmetic.weightMax, max: arithmetic.weightMax });
          const valueCount = blockCount * (elementCount + gap);
          return fc.record({
            arithmetic: fc.constant(arithmetic),
            blockStride: fc.constant((elementCount + gap) * 4),
            elementCount: fc.constant(elementCount),
            weights: fc.array(weight, { minLength: blockCount, maxLength: blockCount }),
            values: fc.array(anyValue(arithmetic), {
              minLength: valueCount,
              maxLength: valueCount,
            }),
            sums: fc.array(anySum, { minLength: elementCount, maxLength: elementCount }),
          });
        }),
    );
    fc.assert(
      fc.property(folds, ({ arithmetic, weights, values, sums, ...shape }) => {
        const unit = powerOfTwo(arithmetic.fractionBits);
        const scales = weights.map((weight) => weight * unit);
        onBoth(imageOf(values, sums), (kernel) => {
          kernel.fold({ sums: SUMS, blocks: BLOCKS, ...shape, scales });
        });
      }),
      { numRuns: 3_000 },
    );
  });

  it('test the same, and as plain comparison does', () => {
    const blocks = fc.record({
      values: fc.array(anyFloat32, { maxLength: 40 }),
      deltaBoundLog2: fc.integer({ min: -20, max: 20 }),
    });
    fc.assert(
      fc.property(blocks, ({ values, deltaBoundLog2 }) => {
        const expected = values.every((value) => Math.abs(value) < 2 ** deltaBoundLog2);
        onBoth(imageOf(values, []), (kernel) => {
          const options = { block: BLOCKS, elementCount: values.length, deltaBoundLog2 };
          expect(kernel.isWithinBound(options)).toBe(expected);
        });
      }),
      { numRuns: 5_000 },
    );
  });

  it('add the same', () => {
    const sums = fc.array(fc.tuple(anySum, anySum), { maxLength: 40 });
    fc.assert(
      fc.property(sums, (pairs) => {
        const elementCount = pairs.length;
        const image = imageOf(
          [],
          pairs.map(([sum]) => sum),
        );
        image.set(new Uint8Array(BigInt64Array.from(pairs, ([, addend]) => addend).buffer), 8);
        onBoth(image, (kernel) => kernel.add({ sums: SUMS, addends: 8, elementCount }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('divide the same', () => {
    const means = fc.record({
      sums: fc.array(fc.oneof(anySum, fc.bigInt({ min: -9n, max: 9n })), { maxLength: 40 }),
      totalWeight: fc.oneof(
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom(1, 3, 2 ** 53),
      ),
      fractionBits: fc.integer({ min: -11, max: 71 }),
    });
    fc.assert(
      fc.property(means, ({ sums, totalWeight, fractionBits }) => {
        const elementCount = sums.length;
        onBoth(imageOf([], sums), (kernel) => {
          kernel.mean({ means: BLOCKS, sums: SUMS, elementCount, totalWeight, fractionBits });
        });
      }),
      { numRuns: 3_000 },
    );
  });
});
