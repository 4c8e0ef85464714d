export {
  type IdentityProvider,
  type IdentityProviderOptions,
  startIdentityProvider,
  type TokenOptions,
} from './identity-provider.ts';
