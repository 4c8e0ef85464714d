import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { FederationFunction, type SharedFunctionProps } from './federation-function.ts';
import type { FederationQueues } from './federation-queues.ts';
import { listStatement, objectsStatement } from './statements.ts';

/** Most messages of one delivery from the hint queue: SQS allows 10,000, one LIST answers 1,000 keys. */
const HINT_BATCH_SIZE = 1_000;

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
      environment: {
        TRIBUTARY_BUCKET: props.bucket.bucketName,
        TRIBUTARY_TASK_QUEUE_URL: tasks.queueUrl,
        TRIBUTARY_COLLECT_INTERVAL_SECONDS: String(props.collectInterval.toSeconds()),
        TRIBUTARY_SWEEP_PATIENCE_SECONDS: String(props.sweepPatience.toSeconds()),
      },
      statements: aggregatorStatements(props),
    });
    // A sweep that failed or waited is not worth repeating: the next one does what it would have done.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    this.#feed('Hints', hints, {
      batchSize: HINT_BATCH_SIZE,
      maxBatchingWindow: props.hintWindow,
      maxConcurrency: props.hintConcurrency,
    });
    this.#feed('Tasks', tasks, { batchSize: 1, maxConcurrency: props.taskConcurrency });
  }

  #feed(
    id: string,
    queue: IQueue,
    options: { batchSize: number; maxBatchingWindow?: Duration; maxConcurrency: number },
  ): void {
    new EventSourceMapping(this, id, {
      target: this.function,
      eventSourceArn: queue.queueArn,
      reportBatchItemFailures: true,
      ...options,
    });
  }
}

/** Writes everything of a round but plans and updates, and deletes nothing. */
function aggregatorStatements({ bucket, queues }: AggregatorFunctionProps): PolicyStatement[] {
  const { hints, tasks } = queues;
  return [
    objectsStatement(bucket, {
      sid: 'ReadModelsRoundsAndUpdates',
      action: 's3:GetObject',
      keys: ['models/*', 'rounds/*', 'updates/*', 'partials/*', 'claims/*'],
    }),
    objectsStatement(bucket, {
      sid: 'WriteRoundsAndVersions',
      action: 's3:PutObject',
      keys: [
        'models/*/head.json',
        'models/*/versions/*',
        'models/*/state/*',
        'rounds/*/round.json',
        'rounds/*/close.json',
        'rounds/*/seals/*',
        'rounds/*/result.json',
        'partials/*',
        'claims/*',
      ],
    }),
    listStatement(bucket, ['models/', 'updates/*', 'partials/*']),
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
