import type { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IdentityProvider } from './identity-provider.ts';

/** What a function may use. */
export interface FunctionSettings {
  /** Memory in MB, 128 … 10,240. @default 512 for the coordinator, 1024 for the aggregator */
  readonly memorySize?: number;
  /** Longest run, at most 15 minutes. @default 30 seconds for the coordinator, 15 minutes for the aggregator */
  readonly timeout?: Duration;
  /**
   * Instances kept for it and not exceeded by it; 0 reserves none. New accounts have few to reserve:
   * ask for a higher quota, or reserve none.
   *
   * @default 50 for the coordinator, 10 for the aggregator
   */
  readonly reservedConcurrency?: number;
}

/** What the aggregator's queues may do. */
export interface AggregatorSettings extends FunctionSettings {
  /** Most concurrent deliveries of hints; at least 2. @default 2 */
  readonly hintConcurrency?: number;
  /** Most concurrent tasks; at least 2. @default 7 */
  readonly taskConcurrency?: number;
  /** Longest wait for a fuller batch of hints, 1 … 300 seconds. @default 1 second */
  readonly hintWindow?: Duration;
  /** Shortest time between two LISTs of one round in one instance, at most 15 minutes. @default 2 seconds */
  readonly collectInterval?: Duration;
  /** Time a task is given before a sweep sends it again, at most 15 minutes. @default 30 seconds */
  readonly sweepPatience?: Duration;
}

/** Settings of `Federation`. */
export interface FederationProps extends IdentityProvider {
  /** Origins whose scripts may take part, such as `https://app.example.com`. @default - no browsers */
  readonly allowedOrigins?: readonly string[];
  /** Age at which updates and partials are deleted; whole days, at least 14. @default 30 days */
  readonly uploadRetention?: Duration;
  /**
   * What becomes of bucket, secret and logs when the federation is removed. `DESTROY` empties the bucket.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /** KMS key of the bucket, used with bucket keys. @default - S3's own key (SSE-S3) */
  readonly encryptionKey?: IKey;
  /** Bucket for S3's access logs. @default - none */
  readonly accessLogsBucket?: IBucket;
  /** Name of the bucket. @default - made by CloudFormation, so that federations never collide */
  readonly bucketName?: string;
  /** False lets bucket and queues be used without TLS, as emulators on loopback are. @default true */
  readonly tlsOnly?: boolean;
  /**
   * Version of the secret in Secrets Manager that the coordinator uses; another value is how a changed
   * secret gets to it.
   *
   * @default - the current one, as of the first deployment
   */
  readonly secretVersion?: string;
  /** Told of every alarm. @default - nobody, alarms show in the console */
  readonly alarmTopic?: ITopic;
  /** How long logs are kept. @default RetentionDays.THREE_MONTHS */
  readonly logRetention?: RetentionDays;
  /** True sends traces to X-Ray. @default false */
  readonly tracing?: boolean;
  /** Time between two sweeps; whole minutes. @default 1 minute */
  readonly sweepInterval?: Duration;
  /** @default - as {@link FunctionSettings} says */
  readonly coordinator?: FunctionSettings;
  /** @default - as {@link AggregatorSettings} says */
  readonly aggregator?: AggregatorSettings;
}
