import { DEPLOYMENT, visibilitySeconds } from '@tributary/client/deployment';
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

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
    const { deadLetterRetentionSeconds, receiveCountMax } = DEPLOYMENT.queues;
    const common = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: props.tlsOnly };
    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      retentionPeriod: Duration.seconds(deadLetterRetentionSeconds),
    });
    const fed = {
      ...common,
      visibilityTimeout: Duration.seconds(visibilitySeconds(props.aggregatorTimeout.toSeconds())),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: receiveCountMax },
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
