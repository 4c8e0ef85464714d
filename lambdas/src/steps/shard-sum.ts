import { layoutOf, PARTIAL_BLOCK_ELEMENTS } from '@tributary/client/protocol';
import { createExactSum, type ExactSum } from '../aggregation/exact-sum.ts';
import { type ElementRange, shardRange } from '../planning/grid.ts';
import type { OpenRound } from './step.ts';

/** The elements of a round's shard. */
export function shardOf({ round, plan: { plan } }: OpenRound, shard: number): ElementRange {
  return shardRange(layoutOf(plan).elementCount, { shard, shards: round.shards });
}

/** A sum of nothing yet for one shard, with the witnesses a partial has. */
export function shardSum(
  { round, plan: { plan } }: OpenRound,
  { begin, end }: ElementRange,
): ExactSum {
  return createExactSum({
    elementCount: end - begin,
    fractionBits: round.fractionBits,
    deltaBoundLog2: plan.update.deltaBoundLog2,
    blockElementCount: PARTIAL_BLOCK_ELEMENTS,
  });
}
