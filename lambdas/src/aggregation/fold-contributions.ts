import {
  type Contribution,
  type ContributionOutcome,
  FLOAT32_BYTES,
  faultOf,
} from './contribution.ts';
import { powerOfTwo } from './fixed-point.ts';
import type { SumKernel } from './sum-kernel.ts';
import {
  type BlockRange,
  blockRanges,
  FOLD_WIDTH,
  INT64_BYTES,
  type SumMemory,
} from './sum-memory.ts';

/** Where and how contributions are folded; blocks are staged at the memory's start. */
export interface FoldPlace {
  readonly kernel: SumKernel;
  readonly memory: SumMemory;
  /** Element of the sum that the contributions' first value belongs to. */
  readonly elementOffset: number;
  /** Elements of every contribution. */
  readonly elementCount: number;
  readonly fractionBits: number;
  readonly deltaBoundLog2: number;
}

/** A contribution on its way through the blocks. */
interface Member {
  readonly contribution: Contribution;
  /** Sum's first element of the block in which it was refused. */
  refusedAt?: number;
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
  for (const range of rangesOf(place, place.elementOffset + place.elementCount)) {
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
  const { deltaBoundLog2, kernel } = place;
  const elementCount = range.end - range.begin;
  const good: Member[] = [];
  for (const member of members) {
    const block = stage(place, good.length, valuesOf(place, member.contribution, range));
    if (kernel.isWithinBound({ block, elementCount, deltaBoundLog2 })) {
      good.push(member);
    } else {
      member.refusedAt = range.begin;
    }
  }
  return good;
}

/** Subtracts what a contribution added to the sum's elements before `end`. */
function takeBack(place: FoldPlace, contribution: Contribution, end: number): void {
  for (const range of rangesOf(place, end)) {
    stage(place, 0, valuesOf(place, contribution, range));
    foldStaged(place, range, [-contribution.weight]);
  }
}

/** Folds the staged blocks into the sums and, by the same scales, the marker into the block's witness. */
function foldStaged(place: FoldPlace, range: BlockRange, weights: readonly number[]): void {
  const { kernel, memory } = place;
  const unit = powerOfTwo(place.fractionBits);
  const scales = weights.map((weight) => weight * unit);
  kernel.fold({
    sums: memory.sums + range.begin * INT64_BYTES,
    blocks: 0,
    blockStride: memory.blockElementCount * FLOAT32_BYTES,
    elementCount: range.end - range.begin,
    scales,
  });
  if (range.witness === undefined) return;
  kernel.fold({
    sums: memory.witnesses + range.witness * INT64_BYTES,
    blocks: memory.marker,
    blockStride: 0,
    elementCount: 1,
    scales,
  });
}

function stage({ kernel, memory }: FoldPlace, slot: number, bytes: Uint8Array): number {
  const block = slot * memory.blockElementCount * FLOAT32_BYTES;
  kernel.bytes.set(bytes, block);
  return block;
}

function valuesOf(
  { elementOffset }: FoldPlace,
  { bytes }: Contribution,
  { begin, end }: BlockRange,
): Uint8Array {
  return bytes.subarray(
    (begin - elementOffset) * FLOAT32_BYTES,
    (end - elementOffset) * FLOAT32_BYTES,
  );
}

function rangesOf({ memory, elementOffset }: FoldPlace, end: number): Generator<BlockRange> {
  return blockRanges(memory, { begin: elementOffset, end });
}
