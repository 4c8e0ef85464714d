import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { connectionFault } from '../../src/device/connection-fault.ts';
import { NOBODY_THERE_TOTAL_MS, RETRY_TOTAL_MS } from '../../src/device/retry.ts';
import type { Progress } from '../../src/index.ts';
import { FakeWorld, type Scripted } from './support/fake-world.ts';
import { deviceIn } from './support/participants.ts';

const refused: Scripted = () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  throw new TypeError('fetch failed', { cause });
};
const ALWAYS = 100;
const CHECK_IN = 'https://coordinator.example/federation/v1/models/digits/check-in';

describe('a device with the wrong address', () => {
  it('reports each wait and gives up in half a minute, naming address and fault', async () => {
    const world = new FakeWorld().script('check-in', ...Array(ALWAYS).fill(refused));
    const startedAt = world.environment.now();
    const seen: Progress[] = [];
    const { device } = deviceIn(world);
    const participation = device.participate('digits', { onProgress: (p) => seen.push(p) });
    await expect(participation).rejects.toMatchObject({
      code: 'unreachable',
      message: `No answer to the check-in for model digits from ${CHECK_IN} (ECONNREFUSED); check the connection and the address and try again`,
    });
    expect(world.environment.now() - startedAt).toBeLessThanOrEqual(NOBODY_THERE_TOTAL_MS);
    expect(seen).toHaveLength(world.sleeps.length);
    expect(seen[0]).toEqual({
      phase: 'waiting',
      done: 1,
      total: 2,
      unit: 'attempt',
      code: 'unreachable',
      reason: expect.stringContaining(`${CHECK_IN} (ECONNREFUSED)`),
      retryAt: startedAt + 250,
    });
  });

  it('that was right before is waited for as long as ever', async () => {
    const world = new FakeWorld().script('slot', ...Array(ALWAYS).fill(refused));
    const startedAt = world.environment.now();
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect(world.environment.now() - startedAt).toBeGreaterThan(RETRY_TOTAL_MS / 2);
  });

  const foreign: readonly [string, string, () => Response][] = [
    ['a missing page', 'status 404', () => new Response('<html>', { status: 404 })],
    ['a page of success', 'status 200', () => new Response('<html>')],
    ['JSON of another kind', 'status 200', () => Response.json({ welcome: true })],
    ['an answer that was cut', 'status 200', () => new Response('{"schema":1,"kind":"no-ro')],
    ['nothing', 'status 204', () => new Response(null, { status: 204 })],
    [
      'a redirect',
      'a redirect to https://login.example/start',
      () =>
        new Response(null, {
          status: 302,
          headers: { location: 'https://login.example/start?to=1' },
        }),
    ],
  ];

  it.each(foreign)('that leads to %s is told at once', async (_name, described, answer) => {
    const world = new FakeWorld().script('check-in', answer);
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      name: 'InvocationFailedError',
      code: 'not-a-coordinator',
      message: `${CHECK_IN} answered the check-in for model digits with ${described}, not as a coordinator does; check coordinatorUrl, and what is in between, such as a proxy or the login page of a network`,
    });
    expect(world.count('check-in')).toBe(1);
  });

  it.each([
    [407, 'HTTPS_PROXY=http://user:password@proxy:8080'],
    [429, '; too many requests came at once: try again later, and where this lasts, raise the'],
    [502, '; try again later, and where this lasts, check coordinatorUrl, and what is in between'],
    [503, '; try again later, and where this lasts, check coordinatorUrl, and what is in between'],
    [511, 'the network wants a login'],
  ])('that is behind something which answers %i is told what to do', async (status, advice) => {
    const page = () => new Response('<html>', { status });
    const world = new FakeWorld().script('check-in', ...Array(ALWAYS).fill(page));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      message: expect.stringContaining(advice),
    });
  });
});

it('a 407 that fetch makes a failure of, without a reason, is told as one', async () => {
  const server = createServer((_request, response) => response.writeHead(407).end('<html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const failure = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
    expect(connectionFault(failure)).toMatch(/^the proxy answered 407/);
    expect(connectionFault(new TypeError('fetch failed'))).toBeUndefined();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('a device whose coordinator has answered before', () => {
  const pages: readonly [string, () => Response][] = [
    ['a login page', () => new Response('<html>')],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://x/' } })],
    ['407', () => new Response('<html>', { status: 407 })],
    ['511', () => new Response('<html>', { status: 511 })],
    ['a cut answer', () => new Response('{"schema":1,"kind":')],
  ];

  it.each(pages)('keeps its training and asks again after %s', async (_name, page) => {
    const world = new FakeWorld().script('slot', page, page).script('outcome', page);
    const { device, train } = deviceIn(world);
    expect(await device.participate('digits')).toMatchObject({ kind: 'accepted' });
    expect(world.kinds()).toBe('check-in get slot slot slot put outcome outcome');
    expect(train).toHaveBeenCalledTimes(1);
  });

  it.each(pages)('asks storage again after %s', async (_name, page) => {
    const world = new FakeWorld().script('put', page, page).script('get', page);
    // A download of other bytes than announced is fetched once more anyway.
    expect(await deviceIn(world).device.participate('digits')).toMatchObject({ kind: 'accepted' });
    expect(world.count('put')).toBe(3);
  });

  it('waits out a page in the place of the weights, however often it comes', async () => {
    const headers = { 'content-type': 'text/html; charset=utf-8' };
    const page = () => new Response('<html>', { headers });
    const world = new FakeWorld().script('get', page, page, page, page);
    expect(await deviceIn(world).device.participate('digits')).toMatchObject({ kind: 'accepted' });
    expect(world.count('get')).toBe(5);
    expect(world.sleeps).toHaveLength(4);
  });

  it('gives up with what is in between when it stays there', async () => {
    const page = () => new Response('<html>', { status: 403 });
    const world = new FakeWorld().script('put', ...Array(ALWAYS).fill(page));
    await expect(deviceIn(world).device.participate('digits')).rejects.toMatchObject({
      name: 'InvocationFailedError',
      code: 'storage-unavailable',
      message: expect.stringContaining('check what is between this device and storage'),
    });
  });

  it('never follows a redirect, which could lead an update to a stranger', async () => {
    const world = new FakeWorld();
    const inits: RequestInit[] = [];
    const { fetch } = world.environment;
    Object.assign(world.environment, {
      fetch: (url: string, init: RequestInit) => {
        inits.push(init);
        return fetch(url, init);
      },
    });
    await deviceIn(world).device.participate('digits');
    expect(new Set(inits.map(({ redirect }) => redirect))).toEqual(new Set(['manual']));
  });
});
