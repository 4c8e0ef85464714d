import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  type AlarmProps,
  Alarm as CloudWatchAlarm,
  ComparisonOperator,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { FederationQueues } from './federation-queues.ts';
import { aggregatorMetric, METRIC_PERIOD } from './metrics.ts';

/** Age of a message that waits because nobody takes it: well past the windows and delays of everyday. */
const MESSAGE_AGE_SECONDS_MAX = 1_800;

/** Settings of {@link FederationAlarms}. */
export interface FederationAlarmsProps {
  readonly coordinator: IFunction;
  readonly aggregator: IFunction;
  readonly queues: FederationQueues;
  /** Name of the bucket, by which the functions' own metrics tell federations apart. */
  readonly federation: string;
  /** Time between two sweeps. */
  readonly sweepInterval: Duration;
  /** Told of every alarm. @default - nobody, alarms show in the console */
  readonly alarmTopic?: ITopic | undefined;
}

/** What an alarm is about: the name it is looked up by in the runbook, and when it rings. */
interface AlarmCase extends Omit<AlarmProps, 'evaluationPeriods'> {
  readonly id: string;
  readonly evaluationPeriods?: number;
}

/** Rings when a person has to look; the runbook has a section for each. */
export class FederationAlarms extends Construct {
  /** Every alarm, in the order of the runbook. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: FederationAlarmsProps) {
    super(scope, id);
    this.alarms = [
      ...[deadLetters(props), roundOverdue(props), sweepStopped(props)],
      ...[
        messagesWait('HintsWait', props.queues.hints),
        messagesWait('TasksWait', props.queues.tasks),
      ],
      ...[
        errors('CoordinatorErrors', props.coordinator),
        errors('AggregatorErrors', props.aggregator),
      ],
      throttles('CoordinatorThrottles', props.coordinator),
      throttles('AggregatorThrottles', props.aggregator),
    ].map((alarm) => this.#ring(alarm, props.alarmTopic));
  }

  #ring({ id, ...alarm }: AlarmCase, topic: ITopic | undefined): Alarm {
    const made = new CloudWatchAlarm(this, id, {
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...alarm,
    });
    if (topic !== undefined) made.addAlarmAction(new SnsAction(topic));
    return made;
  }
}

function deadLetters({ queues }: FederationAlarmsProps): AlarmCase {
  return {
    id: 'DeadLetters',
    alarmDescription: 'A message failed five times; see its reason in the log, then redrive it',
    metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(1),
      statistic: 'Maximum',
    }),
    threshold: 1,
  };
}

function roundOverdue({ federation }: FederationAlarmsProps): AlarmCase {
  return {
    id: 'RoundOverdue',
    alarmDescription: 'A round was closed but not published in time, and was aborted as stalled',
    metric: aggregatorMetric({ name: 'RoundsAborted', federation, reason: 'stalled' }),
    threshold: 1,
  };
}

/** Without sweeps a round whose events are lost never ends. */
function sweepStopped({ aggregator, sweepInterval }: FederationAlarmsProps): AlarmCase {
  const period = Duration.minutes(Math.max(5, 3 * sweepInterval.toMinutes()));
  return {
    id: 'SweepStopped',
    alarmDescription: 'The aggregator was not started for three sweeps; see the schedule',
    metric: aggregator.metricInvocations({ period }),
    threshold: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
  };
}

function messagesWait(id: string, queue: FederationQueues['hints']): AlarmCase {
  return {
    id,
    alarmDescription: 'Messages wait for half an hour; see the aggregator’s errors and throttles',
    metric: queue.metricApproximateAgeOfOldestMessage({ period: METRIC_PERIOD }),
    threshold: MESSAGE_AGE_SECONDS_MAX,
  };
}

function errors(id: string, fn: IFunction): AlarmCase {
  return {
    id,
    alarmDescription: 'Invocations failed: a crash, a timeout or no memory; see the log',
    metric: fn.metricErrors({ period: METRIC_PERIOD }),
    threshold: 1,
  };
}

/** A minute of throttles is a burst that its callers retry; three looks in a row are a limit. */
function throttles(id: string, fn: IFunction): AlarmCase {
  return {
    id,
    alarmDescription: 'The reserved concurrency was used up for a quarter of an hour',
    metric: fn.metricThrottles({ period: METRIC_PERIOD }),
    threshold: 1,
    evaluationPeriods: 3,
  };
}
