export { Closers } from './closers.ts';
export {
  type LocalFederation,
  type LocalFederationOptions,
  startLocalFederation,
  startNeighbour,
} from './local-federation.ts';
