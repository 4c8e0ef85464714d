import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LambdaTransport } from '../../src/federation/lambda-transport.ts';
import { Federation, type Progress } from '../../src/index.ts';

const RealDate = Date;
const FIVE_MINUTES_MS = 5 * 60_000;
const HOUR_MS = 3600_000;

/** The Lambda API as strict about time as AWS: a signature is good for five minutes. */
const signedAt: number[] = [];
let isAlwaysRefusing = false;
const server: Server = createServer((request, response) => {
  const stated = String(request.headers['x-amz-date']);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stated) ?? [];
  const at = RealDate.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  signedAt.push(at);
  request.resume();
  const isOff = Math.abs(at - RealDate.now()) > FIVE_MINUTES_MS;
  if (!isOff && !isAlwaysRefusing) {
    response.end('{"schema":1,"models":[]}');
    return;
  }
  const message = `Signature expired: ${stated} is now earlier than the time of the server`;
  response.writeHead(403, { 'x-amzn-errortype': 'InvalidSignatureException' });
  response.end(JSON.stringify({ message }));
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
beforeEach(() => {
  signedAt.length = 0;
  isAlwaysRefusing = false;
});
afterEach(() => {
  vi.useRealTimers();
});

/** Moves this machine's clock; timers go on by the real one. */
function setClockOff(hours: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: RealDate.now() + hours * HOUR_MS });
}

const payload = new TextEncoder().encode('{}');
const signal = () => new AbortController().signal;
const address = () => ({ functionName: 'coordinator', region: 'eu-central-1', endpoint });

describe.each([
  ['ahead of', 26],
  ['behind', -26],
])('an operator whose clock is 26 hours %s that of AWS', (words, hours) => {
  it('is answered, and told how much the clock differs', async () => {
    setClockOff(hours);
    const seen: Progress[] = [];
    const federation = new Federation({
      coordinatorFunction: 'coordinator',
      region: 'eu-central-1',
      endpoint,
      onProgress: (progress) => seen.push(progress),
    });
    expect(await federation.models()).toEqual([]);
    expect(seen).toMatchObject([
      {
        phase: 'waiting',
        code: 'clock-differs',
        reason: `This machine's clock is 26 h 0 min ${words} the time of AWS; the request is signed again with the time of AWS. Set the clock`,
      },
    ]);
    expect(signedAt).toHaveLength(2);

    // What is known of the clock is kept: the next request is right at once.
    await federation.models();
    expect(signedAt).toHaveLength(3);
    expect(seen).toHaveLength(1);
  });

  it('sends several requests at once, each again', async () => {
    setClockOff(hours);
    const transport = new LambdaTransport(address());
    const both = await Promise.all([1, 2].map(() => transport.invoke(payload, signal())));
    expect(both.map(({ kind }) => kind)).toEqual(['again', 'again']);
    expect(await transport.invoke(payload, signal())).toMatchObject({ kind: 'done' });
  });
});

describe('a signature that is refused for another reason', () => {
  it('is not repeated for ever, and names the clock only if it differs', async () => {
    isAlwaysRefusing = true;
    setClockOff(26);
    const transport = new LambdaTransport(address());
    expect(await transport.invoke(payload, signal())).toMatchObject({ kind: 'again' });
    await expect(transport.invoke(payload, signal())).rejects.toMatchObject({
      code: 'invoke-refused',
      message: expect.stringContaining('26 h 0 min ahead of the time of AWS'),
    });
    vi.useRealTimers();
    const right = new LambdaTransport(address()).invoke(payload, signal());
    const message = await right.then(String, String);
    expect(message).toContain('InvalidSignatureException');
    expect(message).not.toContain('clock');
  });
});
