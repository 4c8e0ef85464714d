import { createHash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createCredentialRegistry } from '../../../src/local-cloud/credentials.ts';
import { parseSignature } from '../../../src/local-cloud/signature/parse-signature.ts';
import type { SignableRequest } from '../../../src/local-cloud/signature/signed-request.ts';
import { verifySignature } from '../../../src/local-cloud/signature/verify-signature.ts';
import { Sha256 } from './sha256.ts';

/** Credentials and requests of the examples in the Signature Version 4 chapter of the S3 API reference. */
const EXAMPLE = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const EXAMPLE_DATE = Date.parse('2013-05-24T00:00:00Z');
const EMPTY_SHA256 = createHash('sha256').digest('hex');

const credentials = createCredentialRegistry();
credentials.register(EXAMPLE);
credentials.register({ accessKeyId: 'ASIATEMPORARY', secretAccessKey: 's', sessionToken: 'token' });

async function verdict(
  request: SignableRequest,
  options: { nowMs?: number; payloadHash?: string } = {},
): Promise<string> {
  try {
    const stated = parseSignature(request);
    if (stated === undefined) return 'unsigned';
    const { nowMs = EXAMPLE_DATE, payloadHash = 'UNSIGNED-PAYLOAD' } = options;
    const region = 'us-east-1';
    await verifySignature(request, stated, { credentials, region, nowMs, payloadHash });
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

function exampleGet(): SignableRequest {
  return {
    method: 'GET',
    path: '/test.txt',
    query: new URLSearchParams(),
    headers: {
      host: 'examplebucket.s3.amazonaws.com',
      range: 'bytes=0-9',
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': '20130524T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    },
  };
}

function examplePresigned(): SignableRequest {
  return {
    method: 'GET',
    path: '/test.txt',
    query: new URLSearchParams(
      'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
        '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
        '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
        '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    ),
    headers: { host: 'examplebucket.s3.amazonaws.com' },
  };
}

function withQuery(name: string, value: string | undefined): SignableRequest {
  const request = examplePresigned();
  if (value === undefined) request.query.delete(name);
  else request.query.set(name, value);
  return request;
}

describe("the S3 reference's examples", () => {
  test('a GET signed in its headers is accepted', async () => {
    expect(await verdict(exampleGet(), { payloadHash: EMPTY_SHA256 })).toBe('accepted');
  });

  test('a presigned GET is accepted until its last second', async () => {
    const end = EXAMPLE_DATE + 86_400_000;
    expect(await verdict(examplePresigned())).toBe('accepted');
    expect(await verdict(examplePresigned(), { nowMs: end - 1 })).toBe('accepted');
    expect(await verdict(examplePresigned(), { nowMs: end })).toBe('AccessDenied');
  });
});

describe('what is not as signed is refused', () => {
  test.each([
    ['method', { method: 'PUT' }],
    ['path', { path: '/Test.txt' }],
    ['query', { query: new URLSearchParams('acl=') }],
    ['signed header', { headers: { ...exampleGet().headers, range: 'bytes=0-10' } }],
    ['missing header', { headers: { ...exampleGet().headers, range: undefined } }],
    ['host', { headers: { ...exampleGet().headers, host: 'other' } }],
  ])('another %s', async (_, change) => {
    const request = { ...exampleGet(), ...change };
    expect(await verdict(request, { payloadHash: EMPTY_SHA256 })).toBe('SignatureDoesNotMatch');
  });

  test('another payload', async () => {
    const payloadHash = createHash('sha256').update('x').digest('hex');
    expect(await verdict(exampleGet(), { payloadHash })).toBe('SignatureDoesNotMatch');
  });

  test('a signature of another length or of no hexadecimal digits', async () => {
    for (const signature of ['0', 'ü'.repeat(64), 'f'.repeat(64)]) {
      expect(await verdict(withQuery('X-Amz-Signature', signature))).toBe('SignatureDoesNotMatch');
    }
  });

  test('an x-amz header that was left unsigned', async () => {
    const request = exampleGet();
    request.headers['x-amz-acl'] = 'public-read';
    expect(await verdict(request, { payloadHash: EMPTY_SHA256 })).toBe('AccessDenied');
  });
});

describe('a stated signature', () => {
  test.each([
    ['X-Amz-Algorithm', 'AWS4-ECDSA-P256-SHA256'],
    ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3'],
    ['X-Amz-Credential', undefined],
    ['X-Amz-Date', '2013-05-24'],
    ['X-Amz-Expires', '0'],
    ['X-Amz-Expires', '604801'],
    ['X-Amz-Expires', '1.5'],
    ['X-Amz-Expires', undefined],
    ['X-Amz-SignedHeaders', 'range'],
    ['X-Amz-Signature', undefined],
  ])('with %s = %j is malformed', async (name, value) => {
    expect(await verdict(withQuery(name, value))).toBe('AuthorizationQueryParametersError');
  });

  test.each([
    'Basic dXNlcjpwYXNz',
    'AWS4-HMAC-SHA256 nonsense',
    'AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request, SignedHeaders=host',
  ])('in the header as %j is malformed', async (authorization) => {
    const request = exampleGet();
    request.headers.authorization = authorization;
    expect(await verdict(request)).toBe('AuthorizationHeaderMalformed');
  });

  test('given twice is refused', async () => {
    const request = { ...exampleGet(), query: examplePresigned().query };
    expect(await verdict(request)).toBe('InvalidArgument');
  });

  test('dated on a day that does not exist, or on another than its scope, is malformed', async () => {
    for (const date of ['20139924T000000Z', '20130525T000000Z']) {
      expect(await verdict(withQuery('X-Amz-Date', date))).toBe('AuthorizationHeaderMalformed');
    }
  });

  test('of an unknown key or another region is told so', async () => {
    const scope = '20130524/us-east-1/s3/aws4_request';
    expect(await verdict(withQuery('X-Amz-Credential', `AKIAUNKNOWN/${scope}`))).toBe(
      'InvalidAccessKeyId',
    );
    const elsewhere = `${EXAMPLE.accessKeyId}/${scope.replace('us-east-1', 'eu-west-1')}`;
    expect(await verdict(withQuery('X-Amz-Credential', elsewhere))).toBe(
      'AuthorizationHeaderMalformed',
    );
  });
});

test('a signature in the headers lives fifteen minutes to either side, a presigned URL only begins so', async () => {
  const payloadHash = EMPTY_SHA256;
  const quarter = 15 * 60_000;
  const at = (offset: number) =>
    verdict(exampleGet(), { payloadHash, nowMs: EXAMPLE_DATE + offset });
  expect(await Promise.all([at(quarter), at(-quarter)])).toEqual(['accepted', 'accepted']);
  expect(await Promise.all([at(quarter + 1), at(-quarter - 1)])).toEqual([
    'RequestTimeTooSkewed',
    'RequestTimeTooSkewed',
  ]);
  const early = await verdict(examplePresigned(), { nowMs: EXAMPLE_DATE - quarter - 1 });
  expect(early).toBe('AccessDenied');
});

test('temporary credentials count only with their own token', async () => {
  const scope = '20130524/us-east-1/s3/aws4_request';
  const request = (token: string | undefined): SignableRequest => {
    const changed = withQuery('X-Amz-Credential', `ASIATEMPORARY/${scope}`);
    if (token !== undefined) changed.query.set('X-Amz-Security-Token', token);
    return changed;
  };
  expect(await verdict(request(undefined))).toBe('InvalidToken');
  expect(await verdict(request('other'))).toBe('InvalidToken');
  expect(await verdict(request('token'))).toBe('SignatureDoesNotMatch');
  expect(await verdict(withQuery('X-Amz-Security-Token', 'token'))).toBe('InvalidToken');
});

test('credentials that were unregistered are unknown', async () => {
  const registry = createCredentialRegistry();
  registry.register(EXAMPLE);
  expect(registry.find(EXAMPLE.accessKeyId)).toEqual(EXAMPLE);
  registry.unregister(EXAMPLE.accessKeyId);
  expect(registry.find(EXAMPLE.accessKeyId)).toBeUndefined();
});

test("whatever the SDK's signer signs for S3 is accepted, whatever the key and query", async () => {
  const signer = new SignatureV4({
    service: 's3',
    region: 'us-east-1',
    credentials: EXAMPLE,
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: false,
  });
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(text, text, text, async (key, name, value) => {
      const path = `/bucket/${encodeURIComponent(key)}`;
      const signed = await signer.sign(
        {
          method: 'GET',
          protocol: 'http:',
          hostname: '127.0.0.1',
          path: path.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
          query: { [name]: value },
          headers: { host: '127.0.0.1:9000', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
        },
        { signingDate: new Date(EXAMPLE_DATE) },
      );
      const query = new URLSearchParams({ [name]: value });
      // The wire may carry the path with fewer characters escaped than were signed.
      for (const sent of [signed.path, path]) {
        const request = { method: 'GET', path: sent, query, headers: signed.headers };
        expect(await verdict(request)).toBe('accepted');
      }
    }),
  );
});
