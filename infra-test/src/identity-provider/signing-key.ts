import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';

/** One key pair of an identity provider. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  /** As the key set publishes it. */
  readonly publicJwk: JWK;
}

/** Makes a P-256 pair for ES256 with a `kid` of its own. */
export async function createSigningKey(): Promise<SigningKey> {
  const kid = randomUUID();
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' };
  return { kid, privateKey, publicJwk };
}

/** The private half, for a process that signs in the same name. */
export async function exportSigningKey({ kid, privateKey }: SigningKey): Promise<JWK> {
  return { ...(await exportJWK(privateKey)), kid, alg: 'ES256' };
}
