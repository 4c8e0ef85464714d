import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCoordinator } from '../../src/coordinator/coordinator.ts';
import {
  AUDIENCE,
  ISSUER,
  startIdentityProvider,
  type TestIdentityProvider,
} from './support/identity-provider.ts';

let provider: TestIdentityProvider;

beforeEach(async () => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  provider = await startIdentityProvider(Date.now);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await provider.close();
});

function verify(token: string, mode: Readonly<Record<string, string>>) {
  const { verifyToken } = createCoordinator(
    {
      TRIBUTARY_BUCKET: 'federation',
      TRIBUTARY_TASK_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/000000000000/tasks',
      TRIBUTARY_SECRET: 's'.repeat(32),
      TRIBUTARY_ISSUER: ISSUER,
      TRIBUTARY_AUDIENCE: AUDIENCE,
      TRIBUTARY_JWKS_URL: provider.url.href,
      ...mode,
    },
    () => undefined,
  );
  return verifyToken(`Bearer ${token}`);
}

describe('F22a: the coordinator of an environment', () => {
  const access = { aud: undefined, client_id: AUDIENCE, token_use: 'access' };

  it.each([
    ['without a token mode', {}],
    ['in audience mode', { TRIBUTARY_TOKEN_MODE: 'audience' }],
  ])('%s refuses an access token without aud', async (_, mode) => {
    const token = await provider.token({ claims: access });
    await expect(verify(token, mode)).rejects.toMatchObject({ code: 'token-audience' });
    expect(await verify(await provider.token(), mode)).toMatchObject({ subject: 'device-1' });
  });

  it('in Cognito mode takes it from its own client, and no other', async () => {
    const mode = { TRIBUTARY_TOKEN_MODE: 'cognito' };
    const token = await provider.token({ claims: access });
    expect(await verify(token, mode)).toEqual({ issuer: ISSUER, subject: 'device-1' });
    const theirs = await provider.token({ claims: { ...access, client_id: 'theirs' } });
    await expect(verify(theirs, mode)).rejects.toMatchObject({ code: 'token-audience' });
  });
});
