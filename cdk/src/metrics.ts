/** What a federation measures of itself, as its alarms and its dashboard read it. */
import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** Where the functions' own metrics are. */
const NAMESPACE = 'Tributary';

/** Width of a point on a graph and of an alarm's look. */
export const METRIC_PERIOD: Duration = Duration.minutes(5);

/** One of the functions' own metrics. */
export interface FederationMetric {
  readonly name:
    | 'UpdatesAccepted'
    | 'RoundsPublished'
    | 'RoundsAborted'
    | 'RoundDuration'
    | 'FoldRate';
  /** Name of the federation's bucket, which tells it from others in the account. */
  readonly federation: string;
  /** Why a round was aborted. @default - a metric without reasons */
  readonly reason?: string;
  /** @default 'Sum' */
  readonly statistic?: string;
}

/** What the aggregator measures, of one federation. */
export function aggregatorMetric(metric: FederationMetric): Metric {
  const { name, federation, reason, statistic = Stats.SUM } = metric;
  return new Metric({
    namespace: NAMESPACE,
    metricName: name,
    dimensionsMap: {
      ...{ service: 'aggregator', federation },
      ...(reason === undefined ? {} : { reason }),
    },
    period: METRIC_PERIOD,
    statistic,
  });
}

/** A metric of one federation for each code or reason there has been, whoever counted it. */
export function metricBy(
  dimension: 'code' | 'reason',
  { name, federation }: { readonly name: string; readonly federation: string },
): IMetric {
  const schema = `{${NAMESPACE},${dimension},federation,service}`;
  const query = `MetricName="${name}" federation="${federation}"`;
  return new MathExpression({
    expression: `SEARCH('${schema} ${query}', 'Sum', ${METRIC_PERIOD.toSeconds()})`,
    label: name,
    period: METRIC_PERIOD,
    usingMetrics: {},
  });
}
