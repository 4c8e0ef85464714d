import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deriveKeys } from '../../src/identity/derive-keys.ts';
import { pseudonymOf } from '../../src/identity/pseudonym.ts';
import { type Identities, OPERATOR_ALONE, tokenIdentities } from '../../src/worker/identify.ts';
import {
  AUDIENCE,
  ISSUER,
  startIdentityProvider,
  type TestIdentityProvider,
} from '../coordinator/support/identity-provider.ts';

const secret = new TextEncoder().encode('s'.repeat(32));
let provider: TestIdentityProvider;
let identities: Identities;

beforeAll(async () => {
  provider = await startIdentityProvider(Date.now);
  await provider.publish('ES256', 'key');
  identities = tokenIdentities(
    {
      ...{ secret, issuer: ISSUER, audience: AUDIENCE, jwksUrl: provider.url },
      tokenMode: 'audience',
    },
    Date.now,
  );
});

afterAll(() => provider.close());

describe('The caller of a batch', () => {
  it('is the pseudonym of its token’s subject, the same that devices have', async () => {
    const token = await provider.token();
    const pseudonym = pseudonymOf(deriveKeys(secret).pseudonym, {
      issuer: ISSUER,
      subject: 'device-1',
    });
    expect(await identities.callerOf({ token })).toBe(pseudonym);
    expect(identities.ownerOf('device-1')).toBe(pseudonym);
    expect(identities.ownerOf('device-2')).not.toBe(pseudonym);
  });

  it('is the operator without a token, whatever else the batch says', async () => {
    for (const event of [
      {},
      { owner: 'x', caller: 'x', user: 'x' },
      null,
      'token',
      1,
      [],
      undefined,
    ]) {
      expect(await identities.callerOf(event)).toBe('operator');
    }
    // What a prototype has is nobody's word.
    expect(await identities.callerOf(Object.create({ token: 'x' }))).toBe('operator');
  });

  it.each([
    ['another audience', { claims: { aud: 'others' } }, 'token-audience'],
    ['another issuer', { claims: { iss: 'https://evil.example' } }, 'token-issuer'],
    ['an end in the past', { claims: { exp: 1 } }, 'token-expired'],
    ['no subject', { claims: { sub: undefined } }, 'token-subject'],
  ])('is nobody with a token of %s', async (_, choices, code) => {
    const token = await provider.token(choices);
    await expect(identities.callerOf({ token })).rejects.toMatchObject({ code });
  });

  it.each([1, null, {}, ['a'], '', 'a b', 'Bearer a.b.c', 'a.b.c'])(
    'is nobody with the token %j',
    async (token) => {
      await expect(identities.callerOf({ token })).rejects.toMatchObject({
        code: 'token-malformed',
      });
    },
  );

  it('is the operator alone where there is no identity provider', async () => {
    expect(await OPERATOR_ALONE.callerOf({})).toBe('operator');
    await expect(OPERATOR_ALONE.callerOf({ token: 'a.b.c' })).rejects.toMatchObject({
      code: 'identity-missing',
    });
    expect(() => OPERATOR_ALONE.ownerOf('carol')).toThrow(
      expect.objectContaining({ code: 'users-unknown', casualty: 'command' }),
    );
  });
});
