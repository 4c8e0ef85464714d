import { SecretValue, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { AggregatorFunction } from './aggregator-function.ts';
import { type BucketProtection, protectBucket } from './bucket-policy.ts';
import { CoordinatorFunction } from './coordinator-function.ts';
import { FederationAlarms } from './federation-alarms.ts';
import { FederationBucket } from './federation-bucket.ts';
import { FederationDashboard } from './federation-dashboard.ts';
import type { FederationProps } from './federation-props.ts';
import { FederationQueues } from './federation-queues.ts';
import { type FederationSettings, resolveSettings } from './federation-settings.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { SweepSchedule } from './sweep-schedule.ts';

/** Characters of the generated secret: 64 of 62 different ones hold more than the hash's 256 bits. */
const SECRET_CHARACTERS = 64;

/** What workers for remote tensors have in common with their federation. */
export interface FederationShared {
  readonly settings: FederationSettings;
  /** Root of the keys of pseudonyms. */
  readonly secret: SecretValue;
  readonly identityProvider: IdentityProvider;
  readonly protection: BucketProtection;
}

/**
 * A federation: one bucket, three queues, two functions, a schedule. Any number of models, and any
 * number of federations in one stack or account.
 *
 * @example
 * new Federation(this, 'Federation', {
 *   issuer: 'https://login.example.com/',
 *   audience: 'my-devices',
 *   jwksUri: 'https://login.example.com/.well-known/jwks.json',
 * });
 */
export class Federation extends Construct {
  readonly bucket: FederationBucket;
  readonly queues: FederationQueues;
  readonly coordinator: CoordinatorFunction;
  readonly aggregator: AggregatorFunction;
  readonly alarms: FederationAlarms;
  /** What its workers for remote tensors have in common with it. @internal */
  readonly shared: FederationShared;

  /** @throws `DeploymentError` whose code names the prop that can't be. */
  constructor(scope: Construct, id: string, props: FederationProps) {
    super(scope, id);
    const settings = resolveSettings(props);
    this.queues = new FederationQueues(this, 'Queues', {
      aggregatorTimeout: settings.aggregator.timeout,
      tlsOnly: settings.tlsOnly,
    });
    this.bucket = new FederationBucket(this, 'Storage', {
      ...settings,
      hintQueue: this.queues.hints,
    });
    const { bucket } = this.bucket;
    const secret = this.#createSecret(settings);
    this.coordinator = new CoordinatorFunction(this, 'Coordinator', {
      ...{ ...settings, ...settings.coordinator, bucket },
      taskQueue: this.queues.tasks,
      secret,
      identityProvider: props,
      aggregatorMemorySize: settings.aggregator.memorySize,
    });
    this.aggregator = new AggregatorFunction(this, 'Aggregator', {
      ...{ ...settings, ...settings.aggregator, bucket, queues: this.queues },
    });
    const protection = protectBucket(bucket, {
      headWriters: [this.coordinator.role, this.aggregator.role],
      removalPolicy: settings.removalPolicy,
    });
    this.shared = { settings, secret, identityProvider: props, protection };
    this.alarms = this.#watch(settings);
    new SweepSchedule(this, 'Sweep', {
      aggregator: this.aggregator.function,
      interval: settings.sweepInterval,
      deadLetters: this.queues.deadLetters,
    });
  }

  #watch({ sweepInterval, alarmTopic }: FederationSettings): FederationAlarms {
    const watched = {
      coordinator: this.coordinator.function,
      aggregator: this.aggregator.function,
      queues: this.queues,
      federation: this.bucket.bucket.bucketName,
    };
    const alarms = new FederationAlarms(this, 'Alarms', { ...watched, sweepInterval, alarmTopic });
    new FederationDashboard(this, 'Dashboard', { ...watched, alarms: alarms.alarms });
    return alarms;
  }

  #createSecret({ removalPolicy, secretVersion }: FederationSettings): SecretValue {
    const secret = new Secret(this, 'Secret', {
      description: 'Tributary: key of device pseudonyms and selection',
      generateSecretString: { passwordLength: SECRET_CHARACTERS, excludePunctuation: true },
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Another secret gives every device another pseudonym, so people rotate it, not a schedule',
    });
    return SecretValue.secretsManager(secret.secretArn, { versionId: secretVersion });
  }
}
