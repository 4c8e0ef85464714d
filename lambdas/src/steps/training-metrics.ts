import {
  METRIC_COUNT_MAX,
  type SealMember,
  type TrainingMetric,
  type TrainingMetrics,
} from '@tributary/client/protocol';

/** What one member reports, and how much its update weighs. */
interface Report {
  readonly value: number;
  readonly weight: number;
}

type ReportingMember = Pick<SealMember, 'metrics' | 'weight'>;

/**
 * Summarises the members' metrics, each over those that report it, so that a training that diverged, or
 * says nothing, shows in the spread and in the count. Of more names than one update may report, those
 * that most weight stands behind, then the first by name.
 */
export function summariseMetrics(members: readonly ReportingMember[]): TrainingMetrics {
  const reports = new Map<string, Report[]>();
  for (const { metrics, weight } of members) {
    for (const [name, value] of Object.entries(metrics)) {
      const ofName = reports.get(name) ?? [];
      reports.set(name, ofName);
      ofName.push({ value, weight });
    }
  }
  const chosen = [...reports]
    .map(([name, ofName]) => ({ name, reports: ofName, weight: totalWeight(ofName) }))
    .sort((a, b) => b.weight - a.weight || (a.name < b.name ? -1 : 1))
    .slice(0, METRIC_COUNT_MAX);
  return Object.fromEntries(chosen.map((metric) => [metric.name, summarise(metric)]));
}

function totalWeight(reports: readonly Report[]): number {
  return reports.reduce((sum, { weight }) => sum + weight, 0);
}

/** Nothing of it overflows, for one huge value must not hide the metric that it spoils. */
function summarise({
  reports,
  weight: total,
}: {
  readonly reports: readonly Report[];
  readonly weight: number;
}): TrainingMetric {
  const min = reports.reduce((least, { value }) => Math.min(least, value), Number.MAX_VALUE);
  const max = reports.reduce((most, { value }) => Math.max(most, value), -Number.MAX_VALUE);
  const mean = reports.reduce((sum, { value, weight }) => sum + value * (weight / total), 0);
  const within = Math.min(max, Math.max(min, mean));
  return {
    mean: within,
    devices: reports.length,
    standardDeviation: deviation(reports, { total, mean: within, min, max }),
    min,
    max,
  };
}

/** In halves of the largest distance, whose squares are at most 1. */
function deviation(
  reports: readonly Report[],
  facts: {
    readonly total: number;
    readonly mean: number;
    readonly min: number;
    readonly max: number;
  },
): number {
  const { total, mean, min, max } = facts;
  const half = Math.max(max / 2 - mean / 2, mean / 2 - min / 2);
  if (half === 0) return 0;
  const variance = reports.reduce((sum, { value, weight }) => {
    const distance = (value / 2 - mean / 2) / half;
    return sum + distance * distance * (weight / total);
  }, 0);
  return Math.min(Number.MAX_VALUE, 2 * (half * Math.sqrt(variance)));
}
