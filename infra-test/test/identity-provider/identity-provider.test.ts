import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IdentityProvider, startIdentityProvider } from '../../src/identity-provider/index.ts';

let provider: IdentityProvider;

beforeAll(async () => {
  provider = await startIdentityProvider({ audience: 'digits' });
});

afterAll(() => provider.close());

function verify(token: string): Promise<unknown> {
  const keys = createRemoteJWKSet(new URL(provider.jwksUrl));
  return jwtVerify(token, keys, { issuer: provider.issuer, audience: provider.audience });
}

test('a token verifies against the published keys', async () => {
  const token = await provider.token({ subject: 'device-01', claims: { scope: 'train' } });
  await expect(verify(token)).resolves.toMatchObject({
    payload: { sub: 'device-01', aud: 'digits', scope: 'train' },
    protectedHeader: { alg: 'ES256' },
  });
});

test('an expired token, another audience and a future nbf are refused', async () => {
  const refused = [
    { subject: 'a', expiresInSeconds: -1 },
    { subject: 'a', audience: 'others' },
    { subject: 'a', audience: null },
    { subject: 'a', issuer: 'http://127.0.0.1:1' },
    { subject: 'a', notBeforeInSeconds: 600 },
  ];
  for (const options of refused) {
    await expect(provider.token(options).then(verify)).rejects.toThrow();
  }
});

test('an audience can be a list or absent', async () => {
  const list = await provider.token({ subject: 'a', audience: ['x', 'digits'] });
  await expect(verify(list)).resolves.toMatchObject({ payload: { aud: ['x', 'digits'] } });
  expect(decodeJwt(await provider.token({ subject: 'a', audience: null }))).not.toHaveProperty(
    'aud',
  );
});

test('rotation signs with a new key and keeps the old one published until it is retired', async () => {
  const before = await provider.token({ subject: 'a' });
  await provider.rotateKeys();
  const after = await provider.token({ subject: 'a' });
  expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
  await expect(verify(before)).resolves.toBeDefined();
  await expect(verify(after)).resolves.toBeDefined();
  await provider.rotateKeys({ retire: true });
  await expect(verify(after)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

test('the key set is public halves only, counts its readers, and is all there is to fetch', async () => {
  const before = provider.keySetRequestCount;
  const answer = await fetch(provider.jwksUrl);
  const { keys } = (await answer.json()) as { keys: Record<string, unknown>[] };
  expect(provider.keySetRequestCount).toBe(before + 1);
  for (const key of keys) expect(key).not.toHaveProperty('d');
  expect((await fetch(`${provider.issuer}/`)).status).toBe(404);
});
