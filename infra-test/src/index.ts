/** A federation on this machine: local cloud, deployment harness and identity provider, for tests and examples. */
export {
  type CloudTarget,
  type DeployedFederation,
  type DeployOptions,
  deployFederation,
  deployWorker,
  type Tuning,
  type WorkerOptions,
} from './deployment/index.ts';
export { type IdentityProvider, startIdentityProvider } from './identity-provider/index.ts';
export {
  Closers,
  type LocalFederation,
  type LocalFederationOptions,
  startLocalFederation,
  startNeighbour,
} from './local-federation/index.ts';
