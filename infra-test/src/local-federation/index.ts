export { Closers } from './closers.ts';
export {
  type LocalFederation,
  type LocalFederationOptions,
  startLocalFederation,
} from './local-federation.ts';
