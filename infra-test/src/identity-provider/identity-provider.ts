import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWK, type JWTPayload, SignJWT } from 'jose';
import { createSigningKey, type SigningKey } from './signing-key.ts';

/** Path of the key set. */
const JWKS_PATH = '/.well-known/jwks.json';

/** Life of a token unless told otherwise: an hour, as most providers have it. */
const TOKEN_SECONDS = 3600;

/** What one token says. */
export interface TokenOptions {
  /** Who the device is. */
  readonly subject: string;
  /** Seconds until the token expires; negative for one that already has. @default 3600 */
  readonly expiresInSeconds?: number;
  /** Seconds until the token is valid; absent for no `nbf`. */
  readonly notBeforeInSeconds?: number;
  /** @default The provider's audience; `null` leaves `aud` out. */
  readonly audience?: string | readonly string[] | null;
  /** @default The provider's issuer. */
  readonly issuer?: string;
  /** Further claims. */
  readonly claims?: JWTPayload;
}

/** An OpenID-style identity provider on loopback, as far as verifying tokens needs one. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Times the key set was fetched. */
  readonly keySetRequestCount: number;
  /** Signs a token with the newest key, ES256. */
  token(options: TokenOptions): Promise<string>;
  /** Signs with a new key from now on. The old one stays published unless `retire` is true. */
  rotateKeys(options?: { readonly retire?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Settings of {@link startIdentityProvider}. */
export interface IdentityProviderOptions {
  /** @default 'tributary' */
  readonly audience?: string;
}

/** Starts an identity provider on a free loopback port. Its keys live as long as it does. */
export async function startIdentityProvider(
  options: IdentityProviderOptions = {},
): Promise<IdentityProvider> {
  const audience = options.audience ?? 'tributary';
  let signing = await createSigningKey();
  let published: readonly JWK[] = [signing.publicJwk];
  let keySetRequestCount = 0;
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== JWKS_PATH) {
      response.writeHead(404).end();
      return;
    }
    keySetRequestCount += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  });
  const issuer = await listen(server);
  return {
    issuer,
    audience,
    jwksUrl: `${issuer}${JWKS_PATH}`,
    get keySetRequestCount() {
      return keySetRequestCount;
    },
    token: (token) => sign(signing, { issuer, audience, ...token }),
    async rotateKeys({ retire = false } = {}) {
      signing = await createSigningKey();
      published = retire ? [signing.publicJwk] : [...published, signing.publicJwk];
    },
    close: () => close(server),
  };
}

function sign(
  key: SigningKey,
  options: TokenOptions & { readonly issuer: string },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { audience, notBeforeInSeconds } = options;
  const token = new SignJWT({ ...options.claims })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(options.issuer)
    .setSubject(options.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + (options.expiresInSeconds ?? TOKEN_SECONDS));
  if (typeof audience === 'string') token.setAudience(audience);
  else if (audience) token.setAudience([...audience]);
  if (notBeforeInSeconds !== undefined) token.setNotBefore(now + notBeforeInSeconds);
  return token.sign(key.privateKey);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
