import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { LogEvent } from './log.ts';

/** One number for CloudWatch. */
export interface Measurement {
  readonly name: string;
  readonly unit: (typeof MetricUnit)[keyof typeof MetricUnit];
  readonly value: number;
  /** Besides service and federation; few values only, each is a metric of its own. */
  readonly dimension?: { readonly name: 'code' | 'reason'; readonly value: string };
}

/** Namespace of every metric. */
const NAMESPACE = 'Tributary';

/**
 * The numbers that an event of the log carries. Each such event is written by whoever won a write-once
 * race and by nobody else, so that a step that is tried again counts nothing twice.
 */
export function measurementsOf(event: LogEvent): Measurement[] {
  switch (event.event) {
    case 'round-published':
      return [
        { name: 'RoundsPublished', unit: MetricUnit.Count, value: 1 },
        { name: 'UpdatesAccepted', unit: MetricUnit.Count, value: Number(event['included']) },
        ...ofEveryRound(event),
      ];
    case 'round-aborted':
      return [
        {
          name: 'RoundsAborted',
          unit: MetricUnit.Count,
          value: 1,
          dimension: { name: 'reason', value: String(event['reason']) },
        },
        ...ofEveryRound(event),
      ];
    case 'partial-written':
      return foldRate(Number(event['bytes']), Number(event['durationMs']));
    default:
      return [];
  }
}

function ofEveryRound(event: LogEvent): Measurement[] {
  const rejected = Object.entries(event['rejectedCounts'] ?? {});
  return [
    { name: 'RoundDuration', unit: MetricUnit.Milliseconds, value: Number(event['durationMs']) },
    ...rejected.map(
      ([code, count]): Measurement => ({
        name: 'UpdatesRejected',
        unit: MetricUnit.Count,
        value: Number(count),
        dimension: { name: 'code', value: code },
      }),
    ),
  ];
}

/** None where the clock, which counts milliseconds, did not move. */
function foldRate(bytes: number, durationMs: number): Measurement[] {
  if (durationMs <= 0) return [];
  const value = (bytes * 1_000) / durationMs;
  return [{ name: 'FoldRate', unit: MetricUnit.BytesPerSecond, value }];
}

/**
 * Writes measurements to standard output in CloudWatch's embedded metric format.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
 */
export function createMeter(source: {
  readonly service: string;
  readonly federation: string;
}): (measurements: readonly Measurement[]) => void {
  const { service: serviceName, federation } = source;
  const defaultDimensions = { federation };
  const metrics = new Metrics({ namespace: NAMESPACE, serviceName, defaultDimensions });
  return (measurements) => {
    for (const { name, unit, value, dimension } of measurements) {
      const single = metrics.singleMetric();
      if (dimension !== undefined) single.addDimension(dimension.name, dimension.value);
      single.addMetric(name, unit, value);
    }
  };
}
