import {
  type AggregatorVariable,
  DEPLOYMENT,
  environmentOf,
  type QueueFeed,
} from '@tributary/client/deployment';
import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { FederationFunction, type SharedFunctionProps } from './federation-function.ts';
import type { FederationQueues } from './federation-queues.ts';
import { bucketStatements } from './statements.ts';

/** Settings of {@link AggregatorFunction}. */
export interface AggregatorFunctionProps extends SharedFunctionProps {
  readonly bucket: IBucket;
  readonly queues: FederationQueues;
  readonly memorySize: number;
  readonly timeout: Duration;
  readonly reservedConcurrency?: number | undefined;
  /** Most concurrent deliveries of hints; at least 2. */
  readonly hintConcurrency: number;
  /** Most concurrent tasks; at least 2. */
  readonly taskConcurrency: number;
  readonly hintWindow: Duration;
  readonly collectInterval: Duration;
  readonly sweepPatience: Duration;
}

/** The function that collects, seals, folds, merges and publishes. */
export class AggregatorFunction extends FederationFunction {
  constructor(scope: Construct, id: string, props: AggregatorFunctionProps) {
    const { hints, tasks } = props.queues;
    super(scope, id, {
      ...props,
      bundle: 'aggregator',
      description: 'Tributary: folds updates into model versions',
      environment: environmentOf<AggregatorVariable>({
        bucket: props.bucket.bucketName,
        taskQueueUrl: tasks.queueUrl,
        collectIntervalSeconds: props.collectInterval.toSeconds(),
        sweepPatienceSeconds: props.sweepPatience.toSeconds(),
      }),
      statements: aggregatorStatements(props),
    });
    // A sweep that failed or waited is not worth repeating: the next one does what it would have done.
    const { runRetries, ageSecondsMax } = DEPLOYMENT.sweep;
    this.function.configureAsyncInvoke({
      retryAttempts: runRetries,
      maxEventAge: Duration.seconds(ageSecondsMax),
    });
    const { feeds } = DEPLOYMENT.queues;
    this.#feed('Hints', hints, {
      ...feeds.hints,
      windowSeconds: props.hintWindow.toSeconds(),
      maximumConcurrency: props.hintConcurrency,
    });
    this.#feed('Tasks', tasks, {
      ...feeds.tasks,
      maximumConcurrency: props.taskConcurrency,
    });
  }

  #feed(id: string, queue: IQueue, { batchSize, windowSeconds, maximumConcurrency }: QueueFeed) {
    new EventSourceMapping(this, id, {
      target: this.function,
      eventSourceArn: queue.queueArn,
      reportBatchItemFailures: true,
      batchSize,
      maxBatchingWindow: windowSeconds === 0 ? undefined : Duration.seconds(windowSeconds),
      maxConcurrency: maximumConcurrency,
    });
  }
}

function aggregatorStatements({ bucket, queues }: AggregatorFunctionProps): PolicyStatement[] {
  const { hints, tasks } = queues;
  return [
    ...bucketStatements(bucket, DEPLOYMENT.access.aggregator),
    new PolicyStatement({
      sid: 'ReceiveHintsAndTasks',
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resources: [hints.queueArn, tasks.queueArn],
    }),
    new PolicyStatement({
      sid: 'SendTasks',
      actions: ['sqs:SendMessage'],
      resources: [tasks.queueArn],
    }),
  ];
}
