import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { CognitoDevicePool } from './cognito-device-pool.ts';
import { Federation } from './federation.ts';
import type { FederationProps } from './federation-props.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { RemoteWorker } from './remote-worker.ts';

/** What of a federation a stack names by ARN or name, because it exists already. */
type Imported = 'alarmTopic' | 'encryptionKey' | 'accessLogsBucket';

/** Settings of {@link FederationStack}. */
export interface FederationStackProps extends StackProps {
  /** @default - a Cognito user pool in the same stack */
  readonly identityProvider?: IdentityProvider;
  /** SNS topic that is told of every alarm. @default - none */
  readonly alarmTopicArn?: string;
  /** KMS key of the bucket. @default - S3's own key (SSE-S3) */
  readonly encryptionKeyArn?: string;
  /** Bucket for S3's access logs. @default - none */
  readonly accessLogsBucketName?: string;
  /** Ids of workers for remote tensors. @default - none */
  readonly workers?: readonly string[];
  /** @default - a federation's own defaults */
  readonly federation?: Omit<FederationProps, keyof IdentityProvider | Imported>;
}

/** A stack of one federation, whose outputs are what devices, operators and their tools need. */
export class FederationStack extends Stack {
  readonly federation: Federation;
  readonly workers: readonly RemoteWorker[];

  constructor(scope: Construct, id: string, props: FederationStackProps = {}) {
    super(scope, id, { description: 'Tributary: serverless federated learning', ...props });
    this.federation = new Federation(this, 'Federation', {
      ...props.federation,
      ...identityOf(props.identityProvider ?? this.#createDevicePool(props)),
      ...this.#import(props),
    });
    this.workers = (props.workers ?? []).map((workerId) => this.#createWorker(workerId));
    this.#putOut();
  }

  #createWorker(workerId: string): RemoteWorker {
    return new RemoteWorker(this, `Worker-${workerId}`, { federation: this.federation, workerId });
  }

  #createDevicePool({ federation }: FederationStackProps): IdentityProvider {
    const pool = new CognitoDevicePool(this, 'DevicePool', federation);
    this.#put('UserPoolId', pool.userPool.userPoolId, 'One user for each device');
    this.#put('UserPoolClientId', pool.audience, 'For devices: what they sign in to');
    return pool;
  }

  #import(props: FederationStackProps): Pick<FederationProps, Imported> {
    const { alarmTopicArn, encryptionKeyArn, accessLogsBucketName } = props;
    return {
      ...(alarmTopicArn && { alarmTopic: Topic.fromTopicArn(this, 'AlarmTopic', alarmTopicArn) }),
      ...(encryptionKeyArn && { encryptionKey: Key.fromKeyArn(this, 'Key', encryptionKeyArn) }),
      ...(accessLogsBucketName && {
        accessLogsBucket: Bucket.fromBucketName(this, 'AccessLogs', accessLogsBucketName),
      }),
    };
  }

  #putOut(): void {
    const { coordinator, aggregator, bucket, queues } = this.federation;
    this.#put('CoordinatorUrl', coordinator.url, 'For devices: where they ask for rounds');
    this.#put('CoordinatorFunctionName', coordinator.function.functionName, 'For operators');
    this.#put('AggregatorFunctionName', aggregator.function.functionName, 'For its logs');
    this.#put('BucketName', bucket.bucket.bucketName, 'All state: models, rounds, updates');
    this.#put('TaskQueueUrl', queues.tasks.queueUrl, 'Steps of the aggregator');
    this.#put('HintQueueUrl', queues.hints.queueUrl, 'Upload events of the bucket');
    this.#put('DeadLetterQueueUrl', queues.deadLetters.queueUrl, 'Messages that failed too often');
    this.#put('Region', this.region, 'Where all of it is');
    if (this.workers.length === 0) return;
    const names = this.workers.map((worker) => [worker.workerId, worker.function.functionName]);
    const text = this.toJsonString(Object.fromEntries(names));
    this.#put('WorkerFunctionNames', text, 'For programs: the function of each worker, by its id');
  }

  #put(name: string, value: string, description: string): void {
    new CfnOutput(this, name, { value, description });
  }
}

/** A pool is a construct; only these four of its members are props of a federation. */
function identityOf({ issuer, audience, jwksUri, tokenMode }: IdentityProvider): IdentityProvider {
  return { issuer, audience, jwksUri, tokenMode };
}
