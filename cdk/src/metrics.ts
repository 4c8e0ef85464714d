/** What a federation measures of itself, as its alarms and its dashboard read it. */
import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** Where the functions' own metrics are. */
export const METRICS_NAMESPACE = 'Tributary';

/** Width of a point on a graph and of an alarm's look. */
export const METRIC_PERIOD: Duration = Duration.minutes(5);

/** One of the functions' own metrics. */
export type FederationMetricName =
  | 'UpdatesAccepted'
  | 'UpdatesRejected'
  | 'RoundsPublished'
  | 'RoundsAborted'
  | 'RoundDurationSeconds'
  | 'FoldBytesPerSecond';

/** Settings of {@link federationMetric}. */
export interface FederationMetricOptions {
  readonly name: FederationMetricName;
  /** The federation, among those that share an account. */
  readonly service: string;
  /** @default - none but the service */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** @default 'Sum' */
  readonly statistic?: string;
}

/** A metric of one federation. */
export function federationMetric(options: FederationMetricOptions): Metric {
  const { name, service, dimensions, statistic = Stats.SUM } = options;
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: name,
    dimensionsMap: { service, ...dimensions },
    period: METRIC_PERIOD,
    statistic,
  });
}
