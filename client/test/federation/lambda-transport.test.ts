import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LambdaTransport } from '../../src/federation/lambda-transport.ts';
import { Federation } from '../../src/index.ts';

type Answer = (response: ServerResponse) => void;

/** The Lambda API, as far as one invocation. */
const requests: { path: string; body: string }[] = [];
let answer: Answer = (response) => response.end('{}');

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    requests.push({ path: request.url ?? '', body });
    answer(response);
  });
});

let endpoint = '';
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const signal = () => new AbortController().signal;
const transport = () =>
  new LambdaTransport({ functionName: 'coordinator', region: 'eu-central-1', endpoint });
const payload = new TextEncoder().encode('{"a":1}');

function failing(status: number, type: string): Answer {
  return (response) => {
    response.writeHead(status, { 'x-amzn-errortype': type, 'content-type': 'application/json' });
    response.end('{"message":"no"}');
  };
}

describe('LambdaTransport', () => {
  it.each([
    [
      { functionName: '' },
      'function-name-invalid',
      /^The function's name is "", expected the name/,
    ],
    [{ functionName: undefined }, 'function-name-invalid', /is nothing, expected/],
    [{ endpoint: 'localhost:4566' }, 'endpoint-invalid', /is "localhost:4566", expected an http/],
    [{ endpoint: 'http://' }, 'endpoint-invalid', /is "http:\/\/", expected/],
  ])('refuses %j before anything is sent', (wrong, code, message) => {
    const address = { functionName: 'coordinator', endpoint, ...wrong } as { functionName: string };
    expect(() => new LambdaTransport(address)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  it('says what a missing region is called by the SDK', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
    const invoked = new LambdaTransport({ functionName: 'f', endpoint }).invoke(payload, signal());
    await expect(invoked).rejects.toThrow(/can't be invoked.* \(Region is missing\); check/);
  });

  it('invokes the function with the payload and returns its answer', async () => {
    requests.length = 0;
    answer = (response) => response.end('{"schema":1}');
    const outcome = await transport().invoke(payload, signal());
    if (outcome.kind !== 'done') throw outcome.error;
    expect(new TextDecoder().decode(outcome.value)).toBe('{"schema":1}');
    expect(requests).toEqual([
      { path: '/2015-03-31/functions/coordinator/invocations', body: '{"a":1}' },
    ]);
  });

  it('may succeed another time after a function error, whose payload it keeps to itself', async () => {
    answer = (response) => {
      response.writeHead(200, { 'x-amz-function-error': 'Unhandled' });
      response.end('{"errorMessage":"secret"}');
    };
    const outcome = await transport().invoke(payload, signal());
    expect(outcome).toMatchObject({ kind: 'again', error: { code: 'function-error' } });
    expect(JSON.stringify(outcome)).not.toContain('secret');
  });

  it.each([
    [500, 'ServiceException'],
    [429, 'TooManyRequestsException'],
    [502, 'ENILimitReachedException'],
  ])(
    'may succeed another time after %i %s, and leaves the retry to its caller',
    async (status, type) => {
      requests.length = 0;
      answer = failing(status, type);
      expect(await transport().invoke(payload, signal())).toMatchObject({
        kind: 'again',
        error: { code: 'invoke-failed', detail: { name: type, status } },
      });
      expect(requests).toHaveLength(1);
    },
  );

  it('may succeed another time after a connection that broke or was refused', async () => {
    answer = (response) => response.destroy();
    expect(await transport().invoke(payload, signal())).toMatchObject({
      kind: 'again',
      isNobodyThere: false,
    });
    const nowhere = new LambdaTransport({
      functionName: 'coordinator',
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:1',
    });
    expect(await nowhere.invoke(payload, signal())).toMatchObject({
      kind: 'again',
      isNobodyThere: true,
      error: {
        code: 'invoke-failed',
        message:
          'Function coordinator did not answer at http://127.0.0.1:1 (ECONNREFUSED); check the connection and the endpoint and try again',
      },
    });
  });

  it.each([
    [403, 'AccessDeniedException'],
    [404, 'ResourceNotFoundException'],
  ])('throws for %i %s, which only the deployment can cure', async (status, type) => {
    answer = failing(status, type);
    await expect(transport().invoke(payload, signal())).rejects.toMatchObject({
      name: 'DeploymentError',
      code: 'invoke-refused',
      message: expect.stringMatching(new RegExp(`coordinator.*${type}`)),
      detail: { name: type, status },
    });
  });

  it.each([
    [403, '<html>', /: status 403 came, not an answer of AWS Lambda; check the endpoint, and what/],
    [403, '{"message":"Forbidden"}', /: status 403 came/],
    [407, '', /: status 407 came.*HTTPS_PROXY=http:\/\/user:password@proxy:8080$/],
    [302, '<a>', /: a redirect to http:\/\/login\.example\/in came/],
  ])('names the status of %i %s, which AWS did not give', async (status, body, message) => {
    answer = (response) => {
      response.writeHead(status, { location: 'http://login.example/in?user=7' }).end(body);
    };
    await expect(transport().invoke(payload, signal())).rejects.toMatchObject({
      name: 'DeploymentError',
      code: 'invoke-refused',
      message: expect.stringMatching(message),
      detail: { status },
    });
  });

  it('waits for a login page to pass where the function has answered', async () => {
    const known = transport();
    answer = (response) => response.end('{}');
    await known.invoke(payload, signal());
    answer = (response) => response.writeHead(403).end('<html>');
    expect(await known.invoke(payload, signal())).toMatchObject({
      kind: 'again',
      error: { code: 'invoke-failed', message: expect.stringContaining('status 403') },
    });
  });

  it("may succeed another time after a gateway's page", async () => {
    answer = (response) => response.writeHead(502).end('<html>');
    expect(await transport().invoke(payload, signal())).toMatchObject({
      kind: 'again',
      error: { code: 'invoke-failed', message: expect.stringContaining('status 502') },
    });
  });

  it.each(['', '<html>login', '{"models":[', '{"a":"b', 'Service unavailable'])(
    'may succeed another time after the success %j, which is not JSON',
    async (body) => {
      answer = (response) => response.end(body);
      expect(await transport().invoke(payload, signal())).toMatchObject({
        kind: 'again',
        error: {
          code: 'invoke-failed',
          message: expect.stringContaining(
            `status 200 with ${body.length} bytes that are not JSON`,
          ),
        },
      });
    },
  );

  it.each(['null', '7', '[]', ' {"a":1}\n', '"text"'])('passes the JSON %s on', async (body) => {
    answer = (response) => response.end(body);
    expect(await transport().invoke(payload, signal())).toMatchObject({ kind: 'done' });
  });

  it('throws the reason of an abort', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    const error = await transport()
      .invoke(payload, controller.signal)
      .catch((thrown: unknown) => thrown);
    expect(error).toBe(controller.signal.reason);
  });

  it('is what a Federation with a function uses', async () => {
    answer = (response) => response.end('{"schema":1,"models":["digits"]}');
    const federation = new Federation({
      coordinatorFunction: 'coordinator',
      region: 'eu-central-1',
      endpoint,
    });
    expect(await federation.models()).toEqual(['digits']);
  });
});
