import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FederationQueues } from './federation-queues.ts';
import { aggregatorMetric, type FederationMetric, metricBy } from './metrics.ts';

/** Columns of a dashboard, and of each of the two graphs in a row. */
const COLUMNS = 24;
const GRAPH_COLUMNS: number = COLUMNS / 2;

/** Settings of {@link FederationDashboard}. */
export interface FederationDashboardProps {
  readonly coordinator: IFunction;
  readonly aggregator: IFunction;
  readonly queues: FederationQueues;
  readonly alarms: readonly IAlarm[];
  /** Name of the bucket, by which the functions' own metrics tell federations apart. */
  readonly federation: string;
}

/** One page that tells how a federation is: alarms, rounds, updates, functions, queues. */
export class FederationDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, props: FederationDashboardProps) {
    super(scope, id);
    this.dashboard = new Dashboard(this, 'Dashboard', {
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: COLUMNS })],
        roundGraphs(props),
        functionGraphs(props),
        queueGraphs(props),
      ],
    });
  }
}

function roundGraphs({ federation }: FederationDashboardProps): IWidget[] {
  const metric = (name: FederationMetric['name'], statistic: string = Stats.SUM): IMetric =>
    aggregatorMetric({ name, federation, statistic });
  return [
    graph('Rounds and updates', {
      left: [metric('UpdatesAccepted'), metricBy('code', { name: 'UpdatesRejected', federation })],
      right: [metric('RoundsPublished'), metricBy('reason', { name: 'RoundsAborted', federation })],
    }),
    graph('Duration of rounds (ms), speed of folds (B/s)', {
      left: [metric('RoundDuration', Stats.p(50)), metric('RoundDuration', Stats.p(99))],
      right: [metric('FoldRate', Stats.p(50))],
    }),
  ];
}

function functionGraphs({ coordinator, aggregator }: FederationDashboardProps): IWidget[] {
  const of = (fn: IFunction, label: string): IMetric[] => [
    fn.metricInvocations({ label: `${label} invocations` }),
    fn.metricErrors({ label: `${label} errors` }),
    fn.metricThrottles({ label: `${label} throttles` }),
  ];
  const duration = (fn: IFunction, label: string): IMetric =>
    fn.metricDuration({ label, statistic: Stats.p(99) });
  return [
    graph('Functions', {
      left: [...of(coordinator, 'Coordinator'), ...of(aggregator, 'Aggregator')],
    }),
    graph('Duration, 99th percentile (ms)', {
      left: [duration(coordinator, 'Coordinator'), duration(aggregator, 'Aggregator')],
    }),
  ];
}

function queueGraphs({ queues }: FederationDashboardProps): IWidget[] {
  const each = [
    { queue: queues.hints, label: 'Hints' },
    { queue: queues.tasks, label: 'Tasks' },
    { queue: queues.deadLetters, label: 'Dead letters' },
  ];
  return [
    graph('Messages', {
      left: each.map(({ queue, label }) =>
        queue.metricApproximateNumberOfMessagesVisible({ label, statistic: Stats.MAXIMUM }),
      ),
    }),
    graph('Age of the oldest message (s)', {
      left: each.map(({ queue, label }) => queue.metricApproximateAgeOfOldestMessage({ label })),
    }),
  ];
}

function graph(title: string, axes: { left: IMetric[]; right?: IMetric[] }): GraphWidget {
  return new GraphWidget({ title, width: GRAPH_COLUMNS, ...axes });
}
