import { createLocalJWKSet, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { reachableUrl } from '../../src/emulator/function-url.ts';
import { publishKeys } from '../../src/emulator/issuer.ts';
import { importIssuer } from '../../src/identity-provider/index.ts';
import { target } from './support/lifecycle.ts';

it('tokens verify against the keys that a function serves', async () => {
  const { exported, close } = await publishKeys(target);
  try {
    const answer = await fetch(reachableUrl(exported.jwksUrl, target.endpoint));
    const keys = createLocalJWKSet(JSON.parse(await answer.text()));
    const { token, issuer, audience } = await importIssuer(exported);
    const { payload } = await jwtVerify(await token({ subject: 'd' }), keys, { issuer, audience });
    expect(payload.sub).toBe('d');
  } finally {
    await close();
  }
});
