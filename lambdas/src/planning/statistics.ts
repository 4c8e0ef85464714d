import { layOutUpdate, type TrainingPlan } from '@tributary/client/protocol';
import type { ElementRange } from './grid.ts';

/**
 * Finds the statistics of a plan that have a bound of their own, as ranges of the flattened update:
 * ascending, not empty, neighbours joined. None where the plan has no such bound.
 */
export function statisticRanges(plan: TrainingPlan): ElementRange[] {
  if (plan.update.statisticBoundLog2 === undefined) return [];
  const ranges: ElementRange[] = [];

  for (const { role, offset, count } of layOutUpdate(plan).tensors) {
    if (role !== 'statistic' || count === 0) continue;
    const last = ranges.at(-1);
    const joins = last?.end === offset;
    const begin = joins ? last.begin : offset;
    if (joins) ranges.pop();
    ranges.push({ begin, end: offset + count });
  }
  return ranges;
}

/** Counts the elements of a plan's statistics that have a bound of their own: each takes a second sum. */
export function statisticCount(plan: TrainingPlan): number {
  return statisticRanges(plan).reduce((sum, { begin, end }) => sum + end - begin, 0);
}
