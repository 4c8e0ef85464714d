import { DEPLOYMENT, rateExpression } from '@tributary/client/deployment';
import { type Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Settings of {@link SweepSchedule}. */
export interface SweepScheduleProps {
  readonly aggregator: IFunction;
  /** Whole minutes, at least one. */
  readonly interval: Duration;
  /** Where sweeps end that could not be started. */
  readonly deadLetters: IQueue;
}

/** Has the aggregator look at every open round, so that a round ends even if every event is lost. */
export class SweepSchedule extends Construct {
  constructor(scope: Construct, id: string, props: SweepScheduleProps) {
    super(scope, id);
    const { aggregator, deadLetters } = props;
    const { event, ageSecondsMax, startRetries } = DEPLOYMENT.sweep;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      inlinePolicies: { access: sweepPolicy(props) },
    });
    new CfnSchedule(this, 'Schedule', {
      description: 'Tributary: closes, seals and retries what no event asked for',
      scheduleExpression: rateExpression(props.interval.toMinutes()),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: aggregator.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(event),
        deadLetterConfig: { arn: deadLetters.queueArn },
        retryPolicy: {
          maximumEventAgeInSeconds: ageSecondsMax,
          maximumRetryAttempts: startRetries,
        },
      },
    });
  }
}

function sweepPolicy({ aggregator, deadLetters }: SweepScheduleProps): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'StartSweeps',
        actions: ['lambda:InvokeFunction'],
        resources: [aggregator.functionArn],
      }),
      new PolicyStatement({
        sid: 'KeepFailedSweeps',
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
      }),
    ],
  });
}
