import { chooseReport } from '../protocol/files/choose-metrics.ts';
import { unknownName } from '../protocol/nearest.ts';
import type { ProgressReporter } from './progress.ts';
import type { TrainResult } from './train.ts';

const MEMBERS = ['weights', 'delta', 'exampleCount', 'metrics'];

/** Unknown members that are told one by one. */
const TOLD_MAX = 8;

/**
 * Tells what of a training's report is not sent: it never costs the trained weights.
 *
 * @param progress - Told one `notice` for each.
 */
export function reportLeftOut(result: TrainResult, progress: ProgressReporter): void {
  const unknown = Object.keys(result)
    .filter((name) => !MEMBERS.includes(name))
    .slice(0, TOLD_MAX)
    .map((name) => `Training's result ${unknownName('member', name, MEMBERS)}; it is left out`);
  const reasons = [...unknown, ...chooseReport(result.metrics).leftOut];
  for (const [index, reason] of reasons.entries()) {
    progress.report({
      phase: 'notice',
      done: index + 1,
      total: reasons.length,
      unit: 'notice',
      code: 'report-left-out',
      reason,
    });
  }
}
