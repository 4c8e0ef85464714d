import type { TokenMode } from '@tributary/client/deployment';
import { RequestRefusedError } from '@tributary/client/protocol';
import { base64url } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRemoteKeys } from '../../src/identity/remote-keys.ts';
import { createTokenVerifier, type TokenVerifier } from '../../src/identity/token-verifier.ts';
import {
  AUDIENCE,
  createKey,
  ISSUER,
  startIdentityProvider,
  type TestIdentityProvider,
} from '../coordinator/support/identity-provider.ts';

let provider: TestIdentityProvider;
let now: number;

beforeEach(async () => {
  now = Date.now();
  provider = await startIdentityProvider(() => now);
});

afterEach(() => provider.close());

function verifier(mode: TokenMode = 'audience'): TokenVerifier {
  return createTokenVerifier({
    keys: createRemoteKeys({ url: provider.url, now: () => now }),
    issuer: ISSUER,
    audience: AUDIENCE,
    mode,
    now: () => now,
  });
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  const error = await answer.then(
    () => new Error('the token was accepted'),
    (error: unknown) => error,
  );
  if (error instanceof RequestRefusedError) return error.code;
  throw error;
}

function seconds(fromNow: number): number {
  return Math.floor(now / 1000) + fromNow;
}

describe('A good token', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('signed with %s tells who sent it', async (alg) => {
    const key = await provider.publish(alg, `key-${alg}`);
    const token = await provider.token({ key });
    expect(await verifier()(`Bearer ${token}`)).toEqual({ issuer: ISSUER, subject: 'device-1' });
  });

  it('is found whatever the case of the scheme', async () => {
    const token = await provider.token();
    expect(await verifier()(`bearer  ${token}`)).toEqual({ issuer: ISSUER, subject: 'device-1' });
  });

  it('may have a subject of any characters', async () => {
    const subject = 'Ünïcode/../ device\u0000\n"';
    const token = await provider.token({ claims: { sub: subject } });
    expect(await verifier()(`Bearer ${token}`)).toEqual({ issuer: ISSUER, subject });
  });
});

describe('A refused token', () => {
  it.each([undefined, '', 'Basic dXNlcjpwYXNz', 'Bearer', 'Bearer a b'])(
    'is missing in the header %j',
    async (authorization) => {
      expect(await codeOf(verifier()(authorization))).toBe('token-missing');
    },
  );

  it.each(['garbage', 'a.b', 'a.b.c', '..', 'e30.e30.e30', `${'A'.repeat(5000)}.e30.AA`])(
    'is malformed when it is %j',
    async (token) => {
      expect(await codeOf(verifier()(`Bearer ${token}`))).toBe('token-malformed');
    },
  );

  it('is malformed without an expiry, with one that is no number, or with an unknown critical header', async () => {
    const verify = verifier();
    const endless = await provider.token({ claims: { exp: undefined } });
    expect(await codeOf(verify(`Bearer ${endless}`))).toBe('token-malformed');
    const odd = await provider.token({ claims: { exp: 'tomorrow' } });
    expect(await codeOf(verify(`Bearer ${odd}`))).toBe('token-malformed');
    const [, payload, signature] = (await provider.token()).split('.');
    const header = base64url.encode(JSON.stringify({ alg: 'ES256', crit: ['x'], x: 1 }));
    expect(await codeOf(verify(`Bearer ${header}.${payload}.${signature}`))).toBe(
      'token-malformed',
    );
  });

  it('has a signature of another key or over other claims', async () => {
    const verify = verifier();
    const impostor = await createKey('ES256', 'first');
    const forged = await provider.token({ key: impostor });
    expect(await codeOf(verify(`Bearer ${forged}`))).toBe('token-signature');
    const [header, payload = '', signature] = (await provider.token()).split('.');
    const claims = JSON.parse(new TextDecoder().decode(base64url.decode(payload)));
    const edited = base64url.encode(JSON.stringify({ ...claims, sub: 'device-2' }));
    expect(await codeOf(verify(`Bearer ${header}.${edited}.${signature}`))).toBe('token-signature');
  });

  it.each(['none', 'HS256', 'PS256', 'RS512', 'ES384'])(
    'states the algorithm %s, which is not allowed',
    async (alg) => {
      const [, payload, signature] = (await provider.token()).split('.');
      const header = base64url.encode(JSON.stringify({ alg, kid: 'first' }));
      const token = `${header}.${payload}.${alg === 'none' ? '' : signature}`;
      expect(await codeOf(verifier()(`Bearer ${token}`))).toBe('token-algorithm');
      expect(provider.fetches()).toBe(0);
    },
  );

  it.each([
    ['token-issuer', { iss: 'https://issuer.example/other' }],
    ['token-issuer', { iss: undefined }],
    ['token-audience', { aud: 'another-federation' }],
    ['token-expired', { exp: 61 }],
    ['token-not-yet-valid', { nbf: 61 }],
    ['token-subject', { sub: undefined }],
    ['token-subject', { sub: '' }],
    ['token-subject', { sub: 7 }],
  ])('is answered %s for the claims %j', async (code, claims) => {
    const given = {
      ...claims,
      ...('exp' in claims ? { exp: seconds(-claims.exp) } : {}),
      ...('nbf' in claims ? { nbf: seconds(claims.nbf) } : {}),
    };
    const token = await provider.token({ claims: given });
    expect(await codeOf(verifier()(`Bearer ${token}`))).toBe(code);
  });

  it('never appears in the message', async () => {
    const token = await provider.token({ claims: { exp: seconds(-100) } });
    const error = await verifier()(`Bearer ${token}`).catch((error: unknown) => error);
    expect(JSON.stringify(error)).not.toContain(token.slice(0, 20));
  });
});

describe('F22', () => {
  const access = { aud: undefined, client_id: AUDIENCE, token_use: 'access' };

  it('a: a Cognito access token without aud is accepted in Cognito mode only', async () => {
    const token = await provider.token({ claims: access });
    expect(await verifier('cognito')(`Bearer ${token}`)).toMatchObject({ subject: 'device-1' });
    expect(await codeOf(verifier()(`Bearer ${token}`))).toBe('token-audience');
  });

  it.each([
    ['another client', { ...access, client_id: 'other' }],
    ['no client', { ...access, client_id: undefined }],
    ['an ID token', { ...access, token_use: 'id' }],
    ['an ID token with our aud', { aud: AUDIENCE, token_use: 'id' }],
    ['no token_use', { ...access, token_use: undefined }],
    ['an aud of somebody else, though our client', { ...access, aud: ['other'] }],
  ])('a: Cognito mode refuses %s', async (_, claims) => {
    const token = await provider.token({ claims });
    expect(await codeOf(verifier('cognito')(`Bearer ${token}`))).toBe('token-audience');
  });

  it('b: an aud array that includes ours is accepted in both modes', async () => {
    const token = await provider.token({ claims: { aud: ['other', AUDIENCE] } });
    expect(await verifier()(`Bearer ${token}`)).toMatchObject({ subject: 'device-1' });
    expect(await verifier('cognito')(`Bearer ${token}`)).toMatchObject({ subject: 'device-1' });
  });

  it('c: neither aud nor client_id is refused, saying that it is about the audience', async () => {
    const token = await provider.token({ claims: { aud: undefined } });
    const error = await verifier()(`Bearer ${token}`).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'token-audience' });
    expect((error as Error).message).toContain('aud');
    expect(await codeOf(verifier('cognito')(`Bearer ${token}`))).toBe('token-audience');
  });

  it('d: a key rotated in on a warm function is fetched once and accepted at once', async () => {
    const verify = verifier();
    await verify(`Bearer ${await provider.token()}`);
    expect(provider.fetches()).toBe(1);
    const key = await provider.publish('ES256', 'second');
    const token = await provider.token({ key });
    await Promise.all([verify(`Bearer ${token}`), verify(`Bearer ${token}`)]);
    await verify(`Bearer ${token}`);
    expect(provider.fetches()).toBe(2);
  });

  it('e: a hundred invented key ids in a minute cause a few fetches, and the next minute is served', async () => {
    const verify = verifier();
    await verify(`Bearer ${await provider.token()}`);
    for (let index = 0; index < 100; index += 1) {
      const token = await provider.token({ kid: `invented-${index}` });
      expect(await codeOf(verify(`Bearer ${token}`))).toBe('token-unknown-key');
      now += 500;
    }
    expect(provider.fetches()).toBe(4);
    expect(await verify(`Bearer ${await provider.token()}`)).toMatchObject({ subject: 'device-1' });
    now += 60_000;
    const key = await provider.publish('EdDSA', 'third');
    await verify(`Bearer ${await provider.token({ key })}`);
    expect(provider.fetches()).toBe(5);
  });

  it('f: clocks that differ by 5 seconds are forgiven, by 10 minutes not', async () => {
    const verify = verifier();
    const early = await provider.token({ claims: { nbf: seconds(5) } });
    expect(await verify(`Bearer ${early}`)).toMatchObject({ subject: 'device-1' });
    const tooEarly = await provider.token({ claims: { nbf: seconds(600) } });
    expect(await codeOf(verify(`Bearer ${tooEarly}`))).toBe('token-not-yet-valid');
    const justExpired = await provider.token({ claims: { exp: seconds(-5) } });
    expect(await verify(`Bearer ${justExpired}`)).toMatchObject({ subject: 'device-1' });
    const expired = await provider.token({ claims: { exp: seconds(-600) } });
    expect(await codeOf(verify(`Bearer ${expired}`))).toBe('token-expired');
  });
});

describe('Keys that are not to be had', () => {
  it('are no fault of the token: keys-unavailable, and tried again at the next request', async () => {
    const verify = verifier();
    const token = await provider.token();
    provider.answerWith(503);
    expect(await codeOf(verify(`Bearer ${token}`))).toBe('keys-unavailable');
    provider.answerWith(200);
    expect(await verify(`Bearer ${token}`)).toMatchObject({ subject: 'device-1' });
  });

  it('are unavailable too when a new key id comes while the issuer is down', async () => {
    const verify = verifier();
    await verify(`Bearer ${await provider.token()}`);
    provider.answerWith(500);
    const unknown = await provider.token({ kid: 'second' });
    expect(await codeOf(verify(`Bearer ${unknown}`))).toBe('keys-unavailable');
  });

  it('are unavailable when nobody listens', async () => {
    const token = await provider.token();
    const verify = createTokenVerifier({
      keys: createRemoteKeys({ url: new URL('http://127.0.0.1:1/jwks.json'), now: () => now }),
      issuer: ISSUER,
      audience: AUDIENCE,
      mode: 'audience',
      now: () => now,
    });
    expect(await codeOf(verify(`Bearer ${token}`))).toBe('keys-unavailable');
  });

  it('are ambiguous for a token without a key id when there are two: unknown key', async () => {
    await provider.publish('ES256', 'second');
    const token = await provider.token({ kid: undefined });
    expect(await codeOf(verifier()(`Bearer ${token}`))).toBe('token-unknown-key');
  });
});
