import { createHash } from 'node:crypto';
import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture, slotHeaders } from './s3-fixture.ts';

const ORIGIN = 'https://app.example.com';
const RULE = {
  AllowedOrigins: ['https://*.example.com'],
  AllowedMethods: ['GET', 'PUT'],
  AllowedHeaders: ['if-none-match', 'x-amz-*', 'content-*'],
  ExposeHeaders: ['ETag', 'x-amz-checksum-sha256'],
  MaxAgeSeconds: 600,
};
const BODY = Buffer.from('update');
const SHA256 = createHash('sha256').update(BODY).digest('base64');

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
  await s3.client.send(
    new PutBucketCorsCommand({ Bucket: s3.bucket, CORSConfiguration: { CORSRules: [RULE] } }),
  );
});

afterAll(() => s3.close());

function slotUrl(key: string): Promise<string> {
  return s3.slotUrl(key, { bytes: BODY.length, sha256: SHA256 });
}

function preflight(url: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'OPTIONS', headers });
}

/** Node's fetch leaves the Origin to its caller. */
function put(url: string, origin: string): Promise<Response> {
  const headers = { ...slotHeaders(BODY, SHA256), origin };
  return fetch(url, { method: 'PUT', body: BODY, headers });
}

const ask = {
  origin: ORIGIN,
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'if-none-match,x-amz-checksum-sha256',
};

describe('F20: a browser may use a slot', () => {
  test('the preflight needs no signature and allows the signed headers', async () => {
    const response = await preflight(await slotUrl('f20/preflight'), ask);
    expect(response.status).toBeGreaterThanOrEqual(200);
    expect(response.status).toBeLessThan(300);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    const allowed = response.headers.get('access-control-allow-headers')?.toLowerCase();
    expect(allowed).toContain('if-none-match');
    expect(allowed).toContain('x-amz-checksum-sha256');
    expect(response.headers.get('access-control-max-age')).toBe('600');
  });

  test('both answers, 200 and 412, may be read by script', async () => {
    const url = await slotUrl('f20/twice');
    for (const status of [200, 412]) {
      const response = await put(url, ORIGIN);
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(response.headers.get('access-control-expose-headers')).toContain('ETag');
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });

  test('a refusal for its signature may be read by script, too', async () => {
    const url = (await slotUrl('f20/refused')).replace('f20/refused', 'f20/other');
    const response = await put(url, ORIGIN);
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
  });

  test('another origin gets no leave, neither before nor after', async () => {
    const url = await slotUrl('f20/stranger');
    const stranger = 'https://example.org';
    const before = await preflight(url, { ...ask, origin: stranger });
    expect(before.status).toBe(403);
    expect(before.headers.get('access-control-allow-origin')).toBeNull();
    const after = await put(url, stranger);
    expect(after.status).toBe(200);
    expect(after.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test.each([
  ['method', { 'access-control-request-method': 'DELETE' }],
  ['header', { 'access-control-request-headers': 'authorization' }],
])('a preflight for a %s the rules lack is refused', async (_, change) => {
  const response = await preflight(await slotUrl('refused'), { ...ask, ...change });
  expect(response.status).toBe(403);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test('a request without an Origin gets no CORS headers', async () => {
  const response = await fetch(await slotUrl('no-origin'), {
    method: 'PUT',
    body: BODY,
    headers: slotHeaders(BODY, SHA256),
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
});

test('the rules are told as they were set, and end when they are deleted', async () => {
  const extra = await openS3();
  const Bucket = extra.bucket;
  const get = () => extra.client.send(new GetBucketCorsCommand({ Bucket }));
  expect(await codeOf(get())).toBe('NoSuchCORSConfiguration');
  await extra.client.send(
    new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [RULE] } }),
  );
  expect((await get()).CORSRules).toEqual([RULE]);
  await extra.client.send(new DeleteBucketCorsCommand({ Bucket }));
  expect(await codeOf(get())).toBe('NoSuchCORSConfiguration');
  const url = `${extra.target.s3Url}/${Bucket}/key`;
  expect((await preflight(url, ask)).status).toBe(403);
  await extra.close();
});

test('a rule with a method that S3 lacks is refused', async () => {
  const CORSConfiguration = { CORSRules: [{ ...RULE, AllowedMethods: ['OPTIONS'] }] };
  const call = s3.client.send(new PutBucketCorsCommand({ Bucket: s3.bucket, CORSConfiguration }));
  // AWS answers InvalidRequest for a known verb that it doesn't support here.
  expect(['InvalidRequest', 'MalformedXML']).toContain(await codeOf(call));
});
