import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Deliveries of one message before it goes to the dead letters: AWS advises at least five. */
const RECEIVE_COUNT_MAX = 5;

/**
 * Visibility timeout in timeouts of the function: AWS's advice, so that a batch that was throttled
 * a few times is not delivered twice.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const VISIBILITY_TIMEOUTS = 6;

/** The longest SQS keeps a message, so that a person sees every dead letter. */
const DEAD_LETTER_RETENTION: Duration = Duration.days(14);

/** Settings of {@link FederationQueues}. */
export interface FederationQueuesProps {
  /** Longest run of the aggregator; visibility timeouts follow it. */
  readonly aggregatorTimeout: Duration;
  /** True refuses requests without TLS. */
  readonly tlsOnly: boolean;
}

/** The hints of the bucket, the tasks of the aggregator, and where both end that failed too often. */
export class FederationQueues extends Construct {
  /** Upload events of the bucket. */
  readonly hints: Queue;
  /** Steps of the aggregator. */
  readonly tasks: Queue;
  /** Messages that were delivered five times without success. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: FederationQueuesProps) {
    super(scope, id);
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: props.tlsOnly };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      retentionPeriod: DEAD_LETTER_RETENTION,
    });
    const fed = {
      ...common,
      visibilityTimeout: Duration.seconds(
        props.aggregatorTimeout.toSeconds() * VISIBILITY_TIMEOUTS,
      ),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: RECEIVE_COUNT_MAX },
    };
    this.hints = new Queue(this, 'Hints', fed);
    this.tasks = new Queue(this, 'Tasks', fed);
    this.hints.addToResourcePolicy(this.#hintsOfBuckets());
  }

  /**
   * S3 checks that it may send when the bucket is made, so the bucket can't be named here; the
   * account can, and buckets of other accounts can't send.
   */
  #hintsOfBuckets(): PolicyStatement {
    const stack = Stack.of(this);
    const anyBucket = stack.formatArn({
      ...{ service: 's3', region: '', account: '', resource: '*' },
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });
    return new PolicyStatement({
      sid: 'HintsOfBuckets',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [this.hints.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': anyBucket },
      },
    });
  }
}
