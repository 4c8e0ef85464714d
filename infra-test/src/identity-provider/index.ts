export { type IdentityProvider, startIdentityProvider } from './identity-provider.ts';
export { createSigningKey, exportSigningKey } from './signing-key.ts';
export { type ExportedIssuer, importIssuer, type TokenIssuer } from './token.ts';
