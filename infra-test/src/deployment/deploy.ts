import {
  type AggregatorVariable,
  type CoordinatorVariable,
  DEPLOYMENT,
  environmentOf,
} from '@tributary/client/deployment';
import { DeploymentError } from '@tributary/client/protocol';
import { createBucket } from './bucket.ts';
import {
  createFunction,
  createFunctionUrl,
  type DeployedFunction,
  feedQueue,
} from './functions.ts';
import {
  type FederationFunctionName,
  type PackagedFunctions,
  packageFunctions,
} from './package-functions.ts';
import { createQueues, type Queues } from './queues.ts';
import { scheduleSweep, sweepNow } from './sweep.ts';
import { type CloudClients, type CloudTarget, closeClients, createClients } from './target.ts';
import { TUNING_DEFAULTS, type Tuning } from './tuning.ts';

/** Names begin every resource's name; bucket names allow 63 characters of these. */
const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

/** Settings of {@link deployFederation}. */
export interface DeployOptions {
  readonly cloud: CloudTarget;
  /** `iss` that devices' tokens must have. */
  readonly issuer: string;
  /** `aud` that devices' tokens must have. */
  readonly audience: string;
  /** Where the identity provider publishes its keys. */
  readonly jwksUrl: string;
  /** Key of pseudonyms and selection; at least 32 bytes. */
  readonly secret: string;
  /** Beginning of every resource's name, so that federations can share a cloud. @default 'tributary' */
  readonly name?: string;
  readonly tuning?: Partial<Tuning>;
}

/** A federation that devices can join. */
export interface DeployedFederation {
  /** For devices: where `Federation` sends its requests. */
  readonly coordinatorUrl: string;
  /** For operators: name of the function to invoke. */
  readonly coordinatorFunction: string;
  readonly aggregatorFunction: string;
  readonly bucket: string;
  readonly queues: Queues;
  /** Name of the sweep's schedule, even when it isn't scheduled. */
  readonly schedule: string;
  /** Sweeps now; resolves when the sweep has ended. */
  sweep(): Promise<void>;
  /** Ends this object's connections; the federation stays. */
  close(): void;
}

/**
 * Deploys a federation with the SDK's own clients: one bucket, three queues, two functions, one
 * schedule.
 *
 * @throws {@link DeploymentError} `deployment-name` for a name that buckets can't have;
 * `bundle-too-large`
 */
export async function deployFederation(options: DeployOptions): Promise<DeployedFederation> {
  const name = options.name ?? 'tributary';
  checkName(name);
  const packages = packageFunctions();
  const clients = createClients(options.cloud);
  try {
    return await deploy({ ...options, name, packages, clients });
  } catch (error) {
    closeClients(clients);
    throw error;
  }
}

interface Deployment extends DeployOptions {
  readonly name: string;
  readonly packages: PackagedFunctions;
  readonly clients: CloudClients;
}

async function deploy(deployment: Deployment): Promise<DeployedFederation> {
  const { name, clients } = deployment;
  const tuning = { ...TUNING_DEFAULTS, ...deployment.tuning };
  const bucket = `${name}-federation`;
  const schedule = `${name}-sweep`;
  const queues = await createQueues(clients.sqs, name);
  await createBucket(clients.s3, {
    bucket,
    hintQueueArn: queues.hints.arn,
    allowedOrigins: tuning.allowedOrigins,
  });
  const environments = environmentsFor(deployment, { bucket, queues, tuning });
  const [coordinator, aggregator] = await createBoth(deployment, tuning, environments);
  const coordinatorUrl = await createFunctionUrl(
    clients.lambda,
    coordinator.name,
    tuning.allowedOrigins,
  );
  for (const queue of ['hints', 'tasks'] as const) {
    await feedQueue(clients.lambda, {
      ...DEPLOYMENT.queues.feeds[queue],
      functionName: aggregator.name,
      queueArn: queues[queue].arn,
    });
  }
  if (tuning.isSweepScheduled) await scheduleSweep(clients.scheduler, schedule, aggregator);
  return {
    coordinatorUrl,
    coordinatorFunction: coordinator.name,
    aggregatorFunction: aggregator.name,
    bucket,
    queues,
    schedule,
    sweep: () => sweepNow(clients.lambda, aggregator.name),
    close: () => closeClients(clients),
  };
}

function createBoth(
  { name, packages, clients }: Deployment,
  tuning: Tuning,
  environments: Environments,
): Promise<[DeployedFunction, DeployedFunction]> {
  const { coordinator, aggregator } = DEPLOYMENT.functions;
  return Promise.all([
    createFunction(clients.lambda, {
      name: `${name}-coordinator`,
      code: packages.coordinator,
      limits: coordinator,
      environment: environments.coordinator,
    }),
    createFunction(clients.lambda, {
      name: `${name}-aggregator`,
      code: packages.aggregator,
      limits: { ...aggregator, memoryMegabytes: tuning.aggregatorMemoryMegabytes },
      environment: environments.aggregator,
    }),
  ]);
}

type Environments = Readonly<Record<FederationFunctionName, Readonly<Record<string, string>>>>;

/** The environment of each function. */
function environmentsFor(
  { issuer, audience, jwksUrl, secret }: DeployOptions,
  { bucket, queues, tuning }: { bucket: string; queues: Queues; tuning: Tuning },
): Environments {
  const shared = { bucket, taskQueueUrl: queues.tasks.url };
  const { aggregatorMemoryMegabytes, collectIntervalSeconds, sweepPatienceSeconds } = tuning;
  return {
    coordinator: environmentOf<CoordinatorVariable>({
      ...shared,
      secret,
      issuer,
      audience,
      jwksUrl,
      tokenMode: 'audience',
      aggregatorMegabytes: aggregatorMemoryMegabytes,
    }),
    aggregator: environmentOf<AggregatorVariable>({
      ...shared,
      collectIntervalSeconds,
      sweepPatienceSeconds,
    }),
  };
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  throw new DeploymentError(
    `Deployment name ${JSON.stringify(name)} can't begin a bucket's name; use 1 to 40 of a–z 0–9 -, beginning with a letter or digit`,
    { code: 'deployment-name' },
  );
}
