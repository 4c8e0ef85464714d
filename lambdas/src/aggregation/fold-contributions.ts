import {
  type Contribution,
  type ContributionOutcome,
  FLOAT32_BYTES,
  faultOf,
} from './contribution.ts';
import { powerOfTwo } from './fixed-point.ts';
import type { SumKernel } from './sum-kernel.ts';

/** Blocks folded in one pass over the sums: what the fast kernel does at once. */
export const FOLD_WIDTH = 4;

/** Bytes of one int64 sum. */
export const INT64_BYTES = 8;

/** Where and how contributions are folded; blocks are staged at the memory's start. */
export interface FoldPlace {
  readonly kernel: SumKernel;
  /** Elements staged at a time. */
  readonly blockElementCount: number;
  /** Byte offset of the first sum that is folded into. */
  readonly sumsStart: number;
  readonly elementCount: number;
  readonly fractionBits: number;
  readonly deltaBoundLog2: number;
}

/** A contribution on its way through the blocks. */
interface Member {
  readonly contribution: Contribution;
  /** First element of the block in which it was refused. */
  refusedAt?: number;
}

/** Elements [start, start + count) of every contribution. */
interface BlockRange {
  readonly start: number;
  readonly count: number;
}

/**
 * Folds contributions in groups of {@link FOLD_WIDTH}, each read once: a block is tested as it is
 * folded, and what a contribution added before its first bad block is taken back, which integers
 * allow without a trace. Bad ones are rare, so this costs less than testing all before folding any.
 */
export function foldContributions(
  place: FoldPlace,
  contributions: readonly Contribution[],
): ContributionOutcome[] {
  const outcomes: ContributionOutcome[] = [];
  for (let first = 0; first < contributions.length; first += FOLD_WIDTH) {
    outcomes.push(...foldGroup(place, contributions.slice(first, first + FOLD_WIDTH)));
  }
  return outcomes;
}

function foldGroup(place: FoldPlace, group: readonly Contribution[]): ContributionOutcome[] {
  const members = group.map((contribution): Member => ({ contribution }));
  let live = members;
  for (const range of blocksOf(place, place.elementCount)) {
    live = stageGood(place, live, range);
    foldStaged(
      place,
      range,
      live.map(({ contribution }) => contribution.weight),
    );
  }
  return members.map(({ contribution, refusedAt }) => {
    if (refusedAt === undefined) {
      return 'added';
    }
    takeBack(place, contribution, refusedAt);
    return faultOf(contribution.bytes);
  });
}

/** Copies members' blocks to the memory's start, one behind the other, leaving bad ones out. */
function stageGood(place: FoldPlace, members: readonly Member[], range: BlockRange): Member[] {
  const good: Member[] = [];
  for (const member of members) {
    const block = stage(place, good.length, blockOf(member.contribution, range));
    const { deltaBoundLog2 } = place;
    if (place.kernel.isWithinBound({ block, elementCount: range.count, deltaBoundLog2 })) {
      good.push(member);
    } else {
      member.refusedAt = range.start;
    }
  }
  return good;
}

/** Subtracts what a contribution's first `elementCount` elements added. */
function takeBack(place: FoldPlace, contribution: Contribution, elementCount: number): void {
  for (const range of blocksOf(place, elementCount)) {
    stage(place, 0, blockOf(contribution, range));
    foldStaged(place, range, [-contribution.weight]);
  }
}

function foldStaged(place: FoldPlace, range: BlockRange, weights: readonly number[]): void {
  const unit = powerOfTwo(place.fractionBits);
  place.kernel.fold({
    sums: place.sumsStart + range.start * INT64_BYTES,
    blocks: 0,
    blockStride: place.blockElementCount * FLOAT32_BYTES,
    elementCount: range.count,
    scales: weights.map((weight) => weight * unit),
  });
}

function stage(place: FoldPlace, slot: number, bytes: Uint8Array): number {
  const block = slot * place.blockElementCount * FLOAT32_BYTES;
  place.kernel.bytes.set(bytes, block);
  return block;
}

function blockOf({ bytes }: Contribution, { start, count }: BlockRange): Uint8Array {
  return bytes.subarray(start * FLOAT32_BYTES, (start + count) * FLOAT32_BYTES);
}

function* blocksOf(place: FoldPlace, elementCount: number): Generator<BlockRange> {
  for (let start = 0; start < elementCount; start += place.blockElementCount) {
    yield { start, count: Math.min(place.blockElementCount, elementCount - start) };
  }
}
