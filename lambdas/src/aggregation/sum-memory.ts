import { FLOAT32_BYTES } from './contribution.ts';

/** Blocks folded in one pass over the sums: what the fast kernel does at once. */
export const FOLD_WIDTH = 4;

/** Bytes of one int64 sum. */
export const INT64_BYTES = 8;

/** What lies where in a sum's memory; offsets in bytes. The staged blocks come first, at 0. */
export interface SumMemory {
  readonly elementCount: number;
  /** Elements of a block; the last block may be shorter. */
  readonly blockElementCount: number;
  /** Of the sums, `elementCount` int64. */
  readonly sums: number;
  /** Of the witnesses, one int64 a block. */
  readonly witnesses: number;
  readonly witnessCount: number;
  /** Of the one float32 that is folded into witnesses. */
  readonly marker: number;
  readonly byteLength: number;
}

/** Elements `begin` (inclusive) to `end` (exclusive) of a sum, none in another block than the others. */
export interface BlockRange {
  readonly begin: number;
  readonly end: number;
  /** The block's number, where the range ends the block and so touches its witness. */
  readonly witness: number | undefined;
}

/** Lays a sum's memory out: {@link FOLD_WIDTH} blocks, the sums, their witnesses, the marker. */
export function sumMemory(size: {
  readonly elementCount: number;
  readonly blockElementCount: number;
}): SumMemory {
  const { elementCount, blockElementCount } = size;
  const witnessCount = Math.ceil(elementCount / blockElementCount);
  const sums = FOLD_WIDTH * blockElementCount * FLOAT32_BYTES;
  const witnesses = sums + elementCount * INT64_BYTES;
  const marker = witnesses + witnessCount * INT64_BYTES;
  const byteLength = marker + FLOAT32_BYTES;
  return { ...size, sums, witnesses, witnessCount, marker, byteLength };
}

/** Cuts elements `begin` (inclusive) to `end` (exclusive) where blocks begin. */
export function* blockRanges(
  { elementCount, blockElementCount }: SumMemory,
  { begin, end }: { readonly begin: number; readonly end: number },
): Generator<BlockRange> {
  for (let start = begin; start < end; ) {
    const block = Math.floor(start / blockElementCount);
    const blockEnd = Math.min(elementCount, (block + 1) * blockElementCount);
    const stop = Math.min(end, blockEnd);
    yield { begin: start, end: stop, witness: stop === blockEnd ? block : undefined };
    start = stop;
  }
}
