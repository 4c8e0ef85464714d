import { randomBytes } from 'node:crypto';
import { Federation } from '@tributary/client';
import {
  type DeployedFederation,
  deployFederation,
  type IdentityProvider,
  startIdentityProvider,
} from '@tributary/infra-test';
import { type LocalCloud, startLocalCloud } from '@tributary/infra-test/local-cloud';
import { enterAwsEnvironment } from './aws-environment.ts';
import { Closers } from './closers.ts';

/** A federation on this machine, with everything it needs. */
export interface LocalFederation {
  readonly cloud: LocalCloud;
  readonly identity: IdentityProvider;
  readonly deployed: DeployedFederation;
  /** For the operator: creates models and starts rounds. */
  readonly operator: Federation;
  /** Ends cloud, functions and identity provider; nothing is left. */
  close(): Promise<void>;
}

/** Starts a local cloud and an identity provider, and deploys a federation there. */
export async function startLocalFederation(): Promise<LocalFederation> {
  const closers = new Closers();
  try {
    const cloud = await startLocalCloud();
    closers.add(() => cloud.close());
    closers.add(enterAwsEnvironment(cloud.environment()));
    const identity = await startIdentityProvider();
    closers.add(() => identity.close());
    const deployed = await deployFederation({
      cloud,
      issuer: identity.issuer,
      audience: identity.audience,
      jwksUrl: identity.jwksUrl,
      secret: randomBytes(32).toString('hex'),
      tuning: { collectIntervalSeconds: 1 },
    });
    closers.add(() => deployed.close());
    const operator = new Federation({
      coordinatorFunction: deployed.coordinatorFunction,
      region: cloud.region,
      endpoint: cloud.endpoint,
    });
    return { cloud, identity, deployed, operator, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}
