import { createExactSum } from '../../lambdas/src/aggregation/exact-sum.ts';
import { createWasmKernel } from '../../lambdas/src/aggregation/wasm-kernel.ts';

/** Prints one line. */
export type Print = (line: string) => void;

/** Bytes of one block; from a small layer to what one shard of a large model is. */
const BLOCK_BYTES = [100_000, 1_000_000, 4_000_000, 16_000_000];

/** Blocks folded at once; the kernel's widths. */
const WIDTHS = [1, 2, 4];

/** Input bytes of one sample, at least: milliseconds, so that the timer's steps don't show. */
const SAMPLE_BYTES = 32_000_000;

/** Samples of each contender, taken in turns. */
const SAMPLE_COUNT = 9;

/** Element values lie below 2^b = 1; the scale is what a round of 1,000 members of weight 600 has. */
const DELTA_BOUND_LOG2 = 0;
const FRACTION_BITS = 41;

interface Contender {
  readonly name: string;
  /** Runs once over all blocks, and returns something of its result. */
  readonly run: () => number;
}

/**
 * Measures the exact sum's speed in bytes of updates a second against a copy and against a plain
 * loop, all in one run; prints each one's best and median, and its best against the copy's.
 */
export async function benchKernel(print: Print): Promise<void> {
  print('kernel: exact sums, GB/s of float32 updates, best / median (best as a share of a copy)');
  print(
    '  Envelope: a copy moves 4 + 4 bytes an element; folding w blocks at once moves 4 + 16 / w,',
  );
  print('  so 4 blocks go at the speed of a copy at best and 1 block at 0.4 of it; add() copies,');
  print('  tests, then folds: half of it. What fits the caches is bound by arithmetic instead.');
  let checksum = 0;
  for (const blockBytes of BLOCK_BYTES) {
    for (const width of WIDTHS) {
      const contenders = contendersFor(blockBytes, width);
      const timesMs = sample(contenders, Math.ceil(SAMPLE_BYTES / (blockBytes * width)));
      checksum += timesMs.checksum;
      print(report({ blockBytes, width, contenders, timesMs: timesMs.perContender }));
    }
    // Between sizes, other work of the process may run.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  print(`  checksum ${checksum.toExponential(3)}`);
}

function contendersFor(blockBytes: number, width: number): Contender[] {
  const blocks = Array.from({ length: width }, (_, seed) => randomBlock(blockBytes / 4, seed));
  return [copy(blocks), ...kernelAlone(blocks), addAll(blocks), plainLoop(blocks)];
}

/** Values from −0.5 to 0.5, from a linear congruential generator: the same in every run. */
function randomBlock(elementCount: number, seed: number): Float32Array {
  let state = seed + 1;
  return Float32Array.from({ length: elementCount }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 32;
  });
}

function copy(blocks: readonly Float32Array[]): Contender {
  const target = new Float32Array(blocks.length * lengthOf(blocks));
  const run = () => {
    blocks.forEach((block, index) => {
      target.set(block, index * block.length);
    });
    return target[target.length - 1] ?? 0;
  };
  return { name: 'memcpy', run };
}

/** The kernel's two operations alone, on blocks that lie in its memory already. */
function kernelAlone(blocks: readonly Float32Array[]): Contender[] {
  const kernel = createWasmKernel();
  const elementCount = lengthOf(blocks);
  const blockStride = elementCount * 4;
  const sums = Math.ceil((blocks.length * blockStride) / 16) * 16;
  kernel.reserve(sums + elementCount * 8);
  blocks.forEach((block, index) => {
    kernel.bytes.set(new Uint8Array(block.buffer), index * blockStride);
  });
  const scales = blocks.map((_, index) => (index + 1) * 2 ** FRACTION_BITS);
  const bound = { elementCount, deltaBoundLog2: DELTA_BOUND_LOG2 };
  const test = () =>
    scales.filter((_, index) => kernel.isWithinBound({ block: index * blockStride, ...bound }))
      .length;
  const fold = () => {
    kernel.fold({ sums, blocks: 0, blockStride, elementCount, scales });
    return kernel.bytes[sums] ?? 0;
  };
  return [
    { name: 'fold', run: fold },
    { name: 'test', run: test },
  ];
}

/** What the aggregator calls: copied in, tested, folded. */
function addAll(blocks: readonly Float32Array[]): Contender {
  const sum = createExactSum({
    elementCount: lengthOf(blocks),
    fractionBits: FRACTION_BITS,
    deltaBoundLog2: DELTA_BOUND_LOG2,
  });
  const contributions = blocks.map((block, index) => ({
    bytes: new Uint8Array(block.buffer),
    weight: index + 1,
  }));
  const run = () => sum.add(0, contributions).filter((outcome) => outcome === 'added').length;
  return { name: 'add()', run };
}

/** What one would write first: a weighted sum in doubles, inexact. */
function plainLoop(blocks: readonly Float32Array[]): Contender {
  const totals = new Float64Array(lengthOf(blocks));
  const run = () => {
    blocks.forEach((block, index) => {
      const weight = index + 1;
      for (let element = 0; element < block.length; element += 1) {
        totals[element] = (totals[element] as number) + (block[element] as number) * weight;
      }
    });
    return totals[totals.length - 1] ?? 0;
  };
  return { name: 'plain f64 loop', run };
}

function lengthOf(blocks: readonly Float32Array[]): number {
  return blocks[0]?.length ?? 0;
}

/** Times of one run, in milliseconds, ascending, one list a contender. */
function sample(contenders: readonly Contender[], repetitions: number) {
  let checksum = 0;
  const perContender = contenders.map((): number[] => []);
  for (let round = 0; round <= SAMPLE_COUNT; round += 1) {
    contenders.forEach(({ run }, index) => {
      const startMs = performance.now();
      for (let repetition = 0; repetition < repetitions; repetition += 1) {
        checksum += run();
      }
      // The first round warms up.
      if (round > 0) {
        perContender[index]?.push((performance.now() - startMs) / repetitions);
      }
    });
  }
  return { checksum, perContender: perContender.map((times) => times.sort((a, b) => a - b)) };
}

interface Measured {
  readonly blockBytes: number;
  readonly width: number;
  readonly contenders: readonly Contender[];
  readonly timesMs: readonly (readonly number[])[];
}

function report({ blockBytes, width, contenders, timesMs }: Measured): string {
  const rate = (timeMs = Number.NaN) => (blockBytes * width) / timeMs / 1e6;
  const copyRate = rate(timesMs[0]?.[0]);
  const cells = contenders.map(({ name }, index) => {
    const times = timesMs[index] ?? [];
    const best = rate(times[0]);
    const median = rate(times[times.length >> 1]);
    return `${name} ${best.toFixed(1)} / ${median.toFixed(1)} (${(best / copyRate).toFixed(2)})`;
  });
  return `  ${width} x ${(blockBytes / 1e6).toFixed(1).padStart(4)} MB  ${cells.join('  ')}`;
}
