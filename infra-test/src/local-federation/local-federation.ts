import { randomBytes } from 'node:crypto';
import { Federation } from '@tributary/client';
import {
  type DeployedFederation,
  deployFederation,
  deployWorker,
  type Tuning,
  type WorkerOptions,
} from '../deployment/index.ts';
import { type IdentityProvider, startIdentityProvider } from '../identity-provider/index.ts';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../local-cloud/index.ts';
import { enterAwsEnvironment } from './aws-environment.ts';
import { Closers } from './closers.ts';
import { spareLoopback } from './spare-loopback.ts';

/** A federation on this machine, with everything it needs. */
export interface LocalFederation {
  readonly cloud: LocalCloud;
  readonly identity: IdentityProvider;
  readonly deployed: DeployedFederation;
  /** For the operator: creates models, starts rounds, reads. */
  readonly operator: Federation;
  /** A federation as a device's owner holds it: URL and a token for that subject, no more. */
  federationOf(subject: string): Federation;
  /**
   * Deploys a worker for remote tensors, which knows the federation's users by their tokens.
   *
   * @returns name of its function.
   */
  deployWorker(options: Pick<WorkerOptions, 'id' | 'timeoutSeconds'>): Promise<string>;
  /** Ends cloud, functions and identity provider; nothing is left. */
  close(): Promise<void>;
}

/** Settings of {@link startLocalFederation}. */
export interface LocalFederationOptions {
  readonly tuning?: Partial<Tuning>;
  /** Port and folder of the cloud. @default any free port, a temporary folder */
  readonly cloud?: LocalCloudOptions;
  /** Makes the key of pseudonyms, once the cloud is there. @default random */
  readonly secret?: () => string;
}

/**
 * Starts a local cloud and an identity provider, and deploys a federation there. Until it is closed, the
 * AWS SDK of this process speaks to that cloud alone.
 */
export async function startLocalFederation(
  options: LocalFederationOptions = {},
): Promise<LocalFederation> {
  const closers = new Closers();
  try {
    const cloud = await startLocalCloud(options.cloud);
    closers.add(() => cloud.close());
    closers.add(enterAwsEnvironment(cloud.environment()));
    closers.add(spareLoopback());
    const identity = await startIdentityProvider();
    closers.add(() => identity.close());
    const federation = await deployOn({ cloud, identity }, 'tributary', options);
    closers.add(() => federation.close());
    return { ...federation, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

function randomSecret(): string {
  return randomBytes(32).toString('hex');
}

/** Deploys one more federation into the same cloud; closing it leaves the first as it is. */
export function startNeighbour(
  { cloud, identity }: Pick<LocalFederation, 'cloud' | 'identity'>,
  name: string,
  options: LocalFederationOptions = {},
): Promise<LocalFederation> {
  return deployOn({ cloud, identity }, name, options);
}

async function deployOn(
  { cloud, identity }: Pick<LocalFederation, 'cloud' | 'identity'>,
  name: string,
  { tuning = {}, secret = randomSecret }: LocalFederationOptions,
): Promise<LocalFederation> {
  const { issuer, audience, jwksUrl } = identity;
  const trust = { issuer, audience, jwksUrl, secret: secret() };
  const deployed = await deployFederation({
    cloud,
    ...trust,
    name,
    tuning,
  });
  const { coordinatorUrl, coordinatorFunction } = deployed;
  return {
    cloud,
    identity,
    deployed,
    operator: new Federation({
      coordinatorFunction,
      region: cloud.region,
      endpoint: cloud.endpoint,
    }),
    federationOf: (subject) =>
      new Federation({ coordinatorUrl, token: () => identity.token({ subject }) }),
    deployWorker: async (options) => {
      const { bucket } = deployed;
      return (await deployWorker({ ...options, cloud, bucket, identity: trust })).name;
    },
    close: async () => deployed.close(),
  };
}
