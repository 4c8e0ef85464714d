import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchOffered } from '../../../src/worker/transfers/fetch-offered.ts';

const KEY = `workers/alice/transfers/operator/${'9f'.repeat(32)}`;
const BODY = Buffer.from([1, 2, 3, 4]);

let server: Server;
let origin: string;
let requests: string[];
let answer: { status: number; headers: Record<string, string>; body: Buffer };

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

beforeEach(() => {
  requests = [];
  answer = { status: 200, headers: { 'content-length': '4' }, body: BODY };
});

function get(url: string, byteCount = 4): Promise<Uint8Array> {
  return fetchOffered(url, { ownUrl: `${origin}/bucket/workers/?X-Amz-Signature=1`, byteCount });
}

describe('What another worker offers', () => {
  it('is fetched by its URL, signature and all', async () => {
    expect(await get(`${origin}/bucket/${KEY}?X-Amz-Signature=abc`)).toEqual(Uint8Array.from(BODY));
    expect(requests).toEqual([`/bucket/${KEY}?X-Amz-Signature=abc`]);
  });

  it.each([
    ['of another host', () => `http://localhost:1/bucket/${KEY}`],
    ['of the functions’ own credentials', () => 'http://169.254.169.254/latest/meta-data'],
    ['of another port', () => `http://127.0.0.1:1/bucket/${KEY}`],
    ['with a password', () => `${origin.replace('//', '//a:b@')}/bucket/${KEY}`],
    ['of another bucket', () => `${origin}/bucket2/${KEY}`],
    ['of a model', () => `${origin}/bucket/models/m/plan.json`],
    ['of an object', () => `${origin}/bucket/workers/alice/objects/operator/${'i'.repeat(22)}`],
    ['that climbs', () => `${origin}/bucket/workers/alice/transfers/../../../models/m/plan.json`],
    ['that climbs encoded', () => `${origin}/bucket/workers/a/%2e%2e/%2e%2e/models/m/plan.json`],
    ['with more behind', () => `${origin}/bucket/${KEY}/x`],
    ['of the bucket itself', () => `${origin}/bucket/?list-type=2`],
  ])('is nothing %s', async (_, url) => {
    await expect(get(url())).rejects.toMatchObject({ code: 'url-not-allowed' });
    expect(requests).toEqual([]);
  });

  it('is not fetched when it has another size, is gone, or leads elsewhere', async () => {
    const url = `${origin}/bucket/${KEY}`;
    await expect(get(url, 5)).rejects.toMatchObject({
      code: 'fetch-failed',
      message: expect.stringContaining('has 4 bytes, expected 5'),
    });
    answer = { status: 403, headers: {}, body: Buffer.from('<Error/>') };
    await expect(get(url)).rejects.toMatchObject({ code: 'fetch-failed' });
    answer = { status: 302, headers: { location: `${origin}/elsewhere` }, body: BODY };
    await expect(get(url)).rejects.toMatchObject({ code: 'fetch-failed' });
    expect(requests).not.toContain('/elsewhere');
  });
});
