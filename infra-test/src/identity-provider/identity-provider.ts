import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JWK } from 'jose';
import { createSigningKey, exportSigningKey } from './signing-key.ts';
import { type ExportedIssuer, sign, type TokenIssuer } from './token.ts';

/** Path of the key set. */
const JWKS_PATH = '/.well-known/jwks.json';

/** An OpenID-style identity provider on loopback, as far as verifying tokens needs one. */
export interface IdentityProvider extends TokenIssuer {
  /** Times the key set was fetched. */
  readonly keySetRequestCount: number;
  /** Has other processes sign with the newest key. */
  export(): Promise<ExportedIssuer>;
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
  const jwksUrl = `${issuer}${JWKS_PATH}`;
  return {
    issuer,
    audience,
    jwksUrl,
    export: async () => ({
      issuer,
      audience,
      jwksUrl,
      privateJwk: await exportSigningKey(signing),
    }),
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
