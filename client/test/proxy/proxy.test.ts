import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { exchange } from '../../src/device/exchange.ts';
import { LambdaTransport } from '../../src/federation/lambda-transport.ts';
import { Device, Federation } from '../../src/index.ts';
import { proxiedEnvironment } from '../../src/proxy/proxied-environment.ts';
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from './support/localhost-certificate.ts';
import { LoopbackProxy } from './support/loopback-proxy.ts';

/** What both servers answer to whatever they are asked. */
const ANSWER = JSON.stringify({ schema: 1, kind: 'no-round', retryAfterSeconds: 30, models: [] });
const NO_ROUND = { kind: 'no-round', retryAfterSeconds: 30 };

/** Another one for each test: agents keep their connections, tunnels included. */
let proxy: LoopbackProxy;
const answering = (_request: unknown, response: { end(text: string): unknown }) =>
  response.end(ANSWER);
const plain = createHttpServer(answering);
const secure = createHttpsServer({ cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY }, answering);
let http = '';
let https = '';

async function portOf(server: Server | typeof secure): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  http = `http://127.0.0.1:${await portOf(plain)}`;
  https = `https://localhost:${await portOf(secure)}`;
});
afterAll(async () => {
  for (const server of [plain, secure]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(async () => {
  proxy = new LoopbackProxy();
  await proxy.start();
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined);
    vi.stubEnv(name.toLowerCase(), undefined);
  }
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  // The certificate is nobody's but this test's.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await proxy.stop();
});

function participateAt(coordinatorUrl: string) {
  const federation = new Federation({ coordinatorUrl, token: 'opaque' });
  const train = () => Promise.reject(new Error('There is no round'));
  return new Device({ federation, deviceId: 'phone-1', train }).participate('digits');
}

function modelsAt(endpoint: string) {
  const where = { coordinatorFunction: 'coordinator', region: 'eu-central-1', endpoint };
  return new Federation(where).models();
}

const CHECK_IN = '/v1/models/digits/check-in';
const INVOKE = '/2015-03-31/functions/coordinator/invocations';

describe('without a proxy in the environment', () => {
  it('requests go to their servers', async () => {
    expect(await participateAt(http)).toEqual(NO_ROUND);
    expect(await modelsAt(http)).toEqual([]);
    expect(proxy.seen).toEqual([]);
  });
});

describe.each([
  ['a device', participateAt, NO_ROUND, CHECK_IN],
  ['an operator', modelsAt, [], INVOKE],
])('%s behind a proxy', (_name, ask, expected, path) => {
  it.each(['HTTP_PROXY', 'http_proxy'])('is forwarded plain http by %s', async (name) => {
    vi.stubEnv(name, proxy.url);
    expect(await ask(http)).toEqual(expected);
    expect(proxy.seen).toEqual([`POST ${http}${path}`]);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])('tunnels https by %s', async (name) => {
    vi.stubEnv(name, proxy.url);
    expect(await ask(https)).toEqual(expected);
    expect(proxy.seen).toEqual([`CONNECT ${new URL(https).host}`]);
  });

  it.each(['127.0.0.1', '*', 'example.com, 127.0.0.1'])(
    'goes past it with NO_PROXY=%s',
    async (hosts) => {
      vi.stubEnv('HTTP_PROXY', proxy.url);
      vi.stubEnv('NO_PROXY', hosts);
      expect(await ask(http)).toEqual(expected);
      expect(proxy.seen).toEqual([]);
    },
  );

  it('goes by the lower-case name where both are set', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('http_proxy', proxy.url.replace('http://', ''));
    expect(await ask(http)).toEqual(expected);
    expect(proxy.seen).toHaveLength(1);
  });

  it.each([
    ['http', () => http],
    ['https', () => https],
  ])('shows it its credentials, by %s', async (_scheme, target) => {
    proxy.wanted = `Basic ${Buffer.from('ada:secret').toString('base64')}`;
    vi.stubEnv('HTTPS_PROXY', proxy.url.replace('http://', 'http://ada:secret@'));
    vi.stubEnv('HTTP_PROXY', proxy.url.replace('http://', 'http://ada:secret@'));
    expect(await ask(target())).toEqual(expected);
  });

  it('refuses what is no proxy URL, and keeps its credentials to itself', async () => {
    vi.stubEnv('HTTP_PROXY', 'socks5://ada:secret@127.0.0.1:1080');
    const message = await Promise.resolve(ask(http)).then(String, String);
    expect(message).toContain('Environment variable HTTP_PROXY does not hold the URL');
    expect(message).not.toContain('secret');
  });
});

describe('a proxy that does not let a request through', () => {
  /** One attempt of a device, so that nothing is waited for. */
  function attempt(url: string) {
    const signal = new AbortController().signal;
    const what = 'the check-in';
    return exchange(
      { what, method: 'GET', url, headers: {}, timeoutMs: 10_000 },
      async ({ status }) => status,
      { environment: proxiedEnvironment, signal },
    );
  }

  it('is named, without credentials', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://ada:secret@127.0.0.1:1');
    expect(await attempt(http)).toMatchObject({
      kind: 'unreachable',
      isNobodyThere: true,
      error: {
        message: expect.stringContaining(
          '(ECONNREFUSED); check the connection, the proxy http://127.0.0.1:1 (HTTPS_PROXY, HTTP_PROXY) and the address',
        ),
      },
    });
    const transport = new LambdaTransport({
      functionName: 'f',
      region: 'eu-central-1',
      endpoint: http,
    });
    expect(await transport.invoke(new Uint8Array(), new AbortController().signal)).toMatchObject({
      kind: 'again',
      error: {
        message: expect.stringContaining(
          '(ECONNREFUSED); check the connection and the endpoint, the proxy http://127.0.0.1:1 (HTTPS_PROXY, HTTP_PROXY) and try again',
        ),
      },
    });
  });

  it.each([
    ['http', () => http],
    ['https', () => https],
  ])('wants credentials for %s: the message says how to give them', async (_scheme, target) => {
    proxy.wanted = 'Basic …';
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expect(await attempt(target())).toMatchObject({
      kind: 'unreachable',
      isNobodyThere: true,
      error: {
        message: expect.stringContaining('(the proxy answered 407: it wants user:password@'),
      },
    });
  });

  it.each([
    ['http', () => http],
    ['https', () => https],
  ])('ends a device by %s at once when it wants credentials', async (_scheme, target) => {
    proxy.wanted = 'Basic …';
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('HTTPS_PROXY', proxy.url.replace('http://', 'http://ada:secret@'));
    const error = await participateAt(target()).catch((fault: unknown) => fault);
    expect(error).toMatchObject({
      name: 'InvocationFailedError',
      message: expect.stringMatching(
        /the proxy.*put a user and password that it takes into the proxy's URL, as in HTTPS_PROXY=/,
      ),
    });
    expect(String(error)).not.toContain('secret');
    expect(proxy.seen).toHaveLength(1);
  });

  it('answers a tunnel with a status: that one is told', async () => {
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const invoke = () =>
      new LambdaTransport({ functionName: 'f', region: 'eu-central-1', endpoint: https }).invoke(
        new Uint8Array(),
        new AbortController().signal,
      );
    proxy.tunnelStatus = 503;
    expect(await invoke()).toMatchObject({
      kind: 'again',
      error: { message: expect.stringContaining('(the proxy answered 503)') },
    });
    proxy.tunnelStatus = 407;
    await expect(invoke()).rejects.toMatchObject({
      code: 'invoke-refused',
      message: expect.stringContaining('the proxy answered 407'),
    });
  });
});
