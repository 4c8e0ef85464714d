import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const ISSUER = 'https://issuer.example/pool';
export const AUDIENCE = 'tributary';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly pair: KeyPair;
}

/** Fields of one token; `undefined` leaves a claim out. */
interface TokenChoices {
  readonly key?: SigningKey;
  /** Key id the header states, if not the key's own. */
  readonly kid?: string | undefined;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A JWKS on loopback, whose every fetch is counted, and keys to sign with. */
export interface TestIdentityProvider {
  readonly url: URL;
  fetches(): number;
  /** Makes a key and publishes it. */
  publish(alg: string, kid: string): Promise<SigningKey>;
  /** Answers every fetch with this status instead; 200 heals. */
  answerWith(status: number): void;
  /** A token for subject `device-1` that is valid now, with any claim replaced. */
  token(choices?: TokenChoices): Promise<string>;
  close(): Promise<void>;
}

export async function createKey(alg: string, kid: string): Promise<SigningKey> {
  return { alg, kid, pair: await generateKeyPair(alg, { extractable: true }) };
}

/** @param now - Milliseconds since the epoch; the tokens' clock. */
export async function startIdentityProvider(now: () => number): Promise<TestIdentityProvider> {
  const published: object[] = [];
  let fetches = 0;
  let status = 200;
  const server = createServer((_, response) => {
    fetches += 1;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  async function publish(alg: string, kid: string): Promise<SigningKey> {
    const key = await createKey(alg, kid);
    published.push({ ...(await exportJWK(key.pair.publicKey)), alg, kid, use: 'sig' });
    return key;
  }

  const standard = await publish('ES256', 'first');
  return {
    url: new URL(`http://127.0.0.1:${port}/jwks.json`),
    fetches: () => fetches,
    publish,
    answerWith: (next) => {
      status = next;
    },
    token: ({ key = standard, claims = {}, ...choices } = {}) => {
      const kid = 'kid' in choices ? choices.kid : key.kid;
      const seconds = Math.floor(now() / 1000);
      return new SignJWT({
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'device-1',
        exp: seconds + 600,
        ...claims,
      })
        .setProtectedHeader({ alg: key.alg, ...(kid === undefined ? {} : { kid }) })
        .sign(key.pair.privateKey);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
