import { describe, expect, it } from 'vitest';
import { CoordinatorClient } from '../../src/device/coordinator-client.ts';
import type { TokenSource } from '../../src/device/token.ts';
import { COORDINATOR_URL, FakeWorld, refusal } from './support/fake-world.ts';

const expired = () => refusal(401, { code: 'token-expired' });

function checkIn(world: FakeWorld, token: TokenSource) {
  const { environment } = world;
  const client = new CoordinatorClient({ url: COORDINATOR_URL, token, environment });
  return client.checkIn('digits', { signal: new AbortController().signal });
}

/** A source of `token-1`, `token-2`, … */
function minting(): () => Promise<string> {
  let count = 0;
  return async () => {
    count += 1;
    return `token-${count}`;
  };
}

function tokensIn(world: FakeWorld): (string | undefined)[] {
  return world.requests.map(({ headers }) => headers['authorization']?.replace('Bearer ', ''));
}

describe('a token that has expired', () => {
  it('is replaced once, at once, where a function makes tokens', async () => {
    const world = new FakeWorld().script('check-in', expired());
    expect(await checkIn(world, minting())).toMatchObject({ kind: 'selected' });
    expect(tokensIn(world)).toEqual(['token-1', 'token-2']);
    expect(world.sleeps).toEqual([]);
  });

  it('is told to the function, which may have kept it', async () => {
    const world = new FakeWorld().script('check-in', expired());
    const told: (string | undefined)[] = [];
    const source = (refused?: string) => {
      told.push(refused);
      return refused === 'kept' ? 'fresh' : 'kept';
    };
    await checkIn(world, source);
    expect(told).toEqual([undefined, 'kept']);
    expect(tokensIn(world)).toEqual(['kept', 'fresh']);
  });

  it('is a refusal when the new one has expired too', async () => {
    const world = new FakeWorld().script('check-in', expired(), expired(), expired());
    await expect(checkIn(world, minting())).rejects.toMatchObject({ code: 'token-expired' });
    expect(tokensIn(world)).toEqual(['token-1', 'token-2']);
  });

  it('is a refusal at once where the token is a string: no other can be had', async () => {
    const world = new FakeWorld().script('check-in', expired());
    await expect(checkIn(world, 'fixed')).rejects.toMatchObject({ code: 'token-expired' });
    expect(tokensIn(world)).toEqual(['fixed']);
  });

  it('is not asked for anew after any other refusal', async () => {
    const world = new FakeWorld().script('check-in', refusal(401, { code: 'token-audience' }));
    await expect(checkIn(world, minting())).rejects.toMatchObject({ code: 'token-audience' });
    expect(tokensIn(world)).toEqual(['token-1']);
  });
});

describe('a function that makes tokens', () => {
  it('is asked for one at each attempt, because waits may outlast a token', async () => {
    const world = new FakeWorld().script('check-in', refusal(503, { code: 'busy' }), 'broken');
    expect(await checkIn(world, minting())).toMatchObject({ kind: 'selected' });
    expect(tokensIn(world)).toEqual(['token-1', 'token-2', 'token-3']);
  });

  it('may fail, which ends the request with its error as cause', async () => {
    const world = new FakeWorld();
    const error = new Error('Signed out');
    await expect(checkIn(world, () => Promise.reject(error))).rejects.toMatchObject({
      code: 'token-failed',
      cause: error,
    });
    expect(world.requests).toEqual([]);
  });
});
