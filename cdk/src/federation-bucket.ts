import { DEPLOYMENT } from '@tributary/client/deployment';
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type CorsRule,
  HttpMethods,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { removeEmptyingLog } from './emptying-function.ts';

/** Settings of {@link FederationBucket}. */
export interface FederationBucketProps {
  /** Learns of every upload; must accept S3's messages. */
  readonly hintQueue: IQueue;
  readonly removalPolicy: RemovalPolicy;
  /** Age at which updates, partials and claims are deleted; whole days. */
  readonly uploadRetention: Duration;
  readonly tlsOnly: boolean;
  readonly allowedOrigins: readonly string[];
  /** @default - S3's own key (SSE-S3) */
  readonly encryptionKey?: IKey;
  /** @default - no access logs */
  readonly accessLogsBucket?: IBucket;
  /** @default - a name made by CloudFormation */
  readonly bucketName?: string;
}

/** The bucket that holds all of a federation's state. */
export class FederationBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: FederationBucketProps) {
    super(scope, id);
    const { encryptionKey } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: props.bucketName,
      encryption: encryptionKey === undefined ? BucketEncryption.S3_MANAGED : BucketEncryption.KMS,
      encryptionKey,
      // One call of KMS a bucket key and not one an object: updates are many and small.
      bucketKeyEnabled: encryptionKey === undefined ? undefined : true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: props.tlsOnly,
      removalPolicy: props.removalPolicy,
      autoDeleteObjects: props.removalPolicy === RemovalPolicy.DESTROY,
      lifecycleRules: lifecycle(props.uploadRetention),
      cors: corsOf(props.allowedOrigins),
      serverAccessLogsBucket: props.accessLogsBucket,
    });
    this.#notify(props.hintQueue);
    if (props.removalPolicy === RemovalPolicy.DESTROY) removeEmptyingLog(this);
    if (props.accessLogsBucket !== undefined) return;
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Access logs cost more than small federations do; accessLogsBucket switches them on',
    });
  }

  /**
   * Set on the resource itself: the construct library's own way brings a function that sets it after
   * the bucket, with leave to change every bucket of the account.
   */
  #notify(hintQueue: IQueue): void {
    const bucket = this.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = {
      queueConfigurations: [
        {
          event: 's3:ObjectCreated:*',
          queue: hintQueue.queueArn,
          filter: { s3Key: { rules: [{ name: 'prefix', value: DEPLOYMENT.bucket.eventPrefix }] } },
        },
      ],
    };
    // S3 tries the queue when it is told of it, so the queue's policy has to be there.
    this.bucket.node.addDependency(hintQueue);
  }
}

function lifecycle(retention: Duration): LifecycleRule[] {
  return [
    ...DEPLOYMENT.bucket.expiringPrefixes.map((prefix) => ({
      id: `expire-${prefix.replace('/', '')}`,
      prefix,
      expiration: retention,
    })),
    // The bucket's policy refuses them; this is for those an account administrator began all the same.
    { id: 'abort-multipart-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
  ];
}

function corsOf(allowedOrigins: readonly string[]): CorsRule[] | undefined {
  if (allowedOrigins.length === 0) return undefined;
  const { bucket, preflightSeconds } = DEPLOYMENT.crossOrigin;
  return [
    {
      allowedOrigins: [...allowedOrigins],
      allowedMethods: bucket.methods.map((method) => HttpMethods[method]),
      allowedHeaders: [...bucket.requestHeaders],
      exposedHeaders: [...bucket.responseHeaders],
      maxAge: preflightSeconds,
    },
  ];
}
