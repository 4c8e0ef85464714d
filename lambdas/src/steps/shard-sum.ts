import { layOutUpdate, PARTIAL_BLOCK_ELEMENTS } from '@tributary/client/protocol';
import { createExactSum, type ExactSum } from '../aggregation/exact-sum.ts';
import type { Statistics } from '../aggregation/statistic-parts.ts';
import { createStatisticSum } from '../aggregation/statistic-sum.ts';
import { type ElementRange, shardRange } from '../planning/grid.ts';
import { statisticRanges } from '../planning/statistics.ts';
import type { OpenRound } from './step.ts';

/** The elements of a round's shard. */
export function shardOf({ round, plan: { plan } }: OpenRound, shard: number): ElementRange {
  return shardRange(layOutUpdate(plan).elementCount, { shard, shards: round.shards });
}

/** A sum of nothing yet for one shard, with the witnesses a partial has. */
export function shardSum(open: OpenRound, shard: ElementRange): ExactSum {
  const { round, plan } = open;
  const options = {
    elementCount: shard.end - shard.begin,
    fractionBits: round.fractionBits,
    deltaBoundLog2: plan.plan.update.deltaBoundLog2,
    blockElementCount: PARTIAL_BLOCK_ELEMENTS,
  };
  const statistics = statisticsOf(open, shard);
  return statistics === undefined
    ? createExactSum(options)
    : createStatisticSum({ ...options, statistics });
}

/** The shard's statistics, if the round gives them fraction bits. */
function statisticsOf(
  { round, plan: { plan } }: OpenRound,
  shard: ElementRange,
): Statistics | undefined {
  const boundLog2 = plan.update.statisticBoundLog2;
  if (round.statisticFractionBits === undefined || boundLog2 === undefined) return undefined;
  const ranges = statisticRanges(plan)
    .map(({ begin, end }) => ({
      begin: Math.max(begin, shard.begin) - shard.begin,
      end: Math.min(end, shard.end) - shard.begin,
    }))
    .filter(({ begin, end }) => begin < end);
  return { ranges, boundLog2 };
}
