import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRequest, openSocket } from '../support/raw-http.ts';
import { errorOf, openS3, type S3Fixture, slotHeaders } from './s3-fixture.ts';

const BODY = Buffer.from('an update of 24 bytes...');
const SHA256 = sha256(BODY);
const slot = { bytes: BODY.length, sha256: SHA256 };

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
});

afterAll(() => s3.close());

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}

function put(url: string, body: Uint8Array<ArrayBuffer>, headers: Record<string, string>) {
  return fetch(url, { method: 'PUT', body, headers });
}

/** What the slot's owner sends. */
function putAsBound(url: string): Promise<Response> {
  return put(url, BODY, slotHeaders(BODY, SHA256));
}

/** The slot must still be as good as new. */
async function expectUntouched(key: string, url: string): Promise<void> {
  expect(await s3.text(key)).toBeUndefined();
  expect((await putAsBound(url)).status).toBe(200);
  expect(await s3.text(key)).toBe(BODY.toString());
}

describe('F11: a slot takes exactly the bytes it was given for', () => {
  test('its URL signs key, length, checksum and write-once, and nothing of a CRC32', async () => {
    const url = new URL(await s3.slotUrl('f11/url', slot));
    const signed = url.searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual(['content-length', 'host', 'if-none-match', 'x-amz-checksum-sha256']);
    expect(url.search.toLowerCase()).not.toContain('crc32');
    expect(url.search.toLowerCase()).not.toContain('x-amz-checksum-sha256=');
  });

  test('the bytes it was given for are stored, once', async () => {
    const url = await s3.slotUrl('f11/once', slot);
    expect((await putAsBound(url)).status).toBe(200);
    expect(await errorOf(await putAsBound(url))).toEqual({
      status: 412,
      code: 'PreconditionFailed',
    });
  });

  test('other bytes of the same length are refused', async () => {
    const url = await s3.slotUrl('f11/a', slot);
    const other = Buffer.from(BODY.toString().toUpperCase());
    const response = await put(url, other, slotHeaders(other, SHA256));
    expect(await errorOf(response)).toEqual({ status: 400, code: 'BadDigest' });
    await expectUntouched('f11/a', url);
  });

  test('a PUT without the checksum header is refused', async () => {
    const url = await s3.slotUrl('f11/b', slot);
    const { 'x-amz-checksum-sha256': _, ...headers } = slotHeaders(BODY, SHA256);
    expect((await put(url, BODY, headers)).status).toBe(403);
    await expectUntouched('f11/b', url);
  });

  test("a PUT with another's checksum is refused, matching bytes or not", async () => {
    const url = await s3.slotUrl('f11/c', slot);
    const other = Buffer.from(BODY.toString().toUpperCase());
    for (const body of [other, BODY]) {
      const response = await put(url, body, slotHeaders(body, sha256(other)));
      expect(await errorOf(response)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    }
    await expectUntouched('f11/c', url);
  });

  test.each([
    ['one byte longer', Buffer.concat([BODY, BODY.subarray(0, 1)])],
    ['one byte shorter', BODY.subarray(1)],
    ['empty', Buffer.alloc(0)],
  ])('a body %s is refused', async (name, body) => {
    const key = `f11/d/${name}`;
    const url = await s3.slotUrl(key, slot);
    const response = await put(url, body, slotHeaders(body, SHA256));
    expect(await errorOf(response)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    await expectUntouched(key, url);
  });

  test('a PUT without If-None-Match is refused', async () => {
    const url = await s3.slotUrl('f11/e', slot);
    const { 'if-none-match': _, ...headers } = slotHeaders(BODY, SHA256);
    expect((await put(url, BODY, headers)).status).toBe(403);
    await expectUntouched('f11/e', url);
  });

  test('a body that breaks off leaves nothing', async () => {
    const url = await s3.slotUrl('f11/f', slot);
    await new Promise<void>((resolve) => {
      const request = openRequest(url, { method: 'PUT', headers: slotHeaders(BODY, SHA256) });
      request.on('close', resolve);
      request.on('error', () => undefined);
      request.write(BODY.subarray(0, 10), () => setImmediate(() => request.destroy()));
    });
    await expectUntouched('f11/f', url);
  });

  test('bytes behind the announced length are not part of the object', async () => {
    const url = new URL(await s3.slotUrl('f11/g', slot));
    const headers = { host: url.host, ...slotHeaders(BODY, SHA256), connection: 'close' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await new Promise<void>((resolve) => {
      const socket = openSocket(url, () => {
        socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`);
        socket.write(Buffer.concat([BODY, Buffer.from('and more')]));
      });
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
      socket.resume();
    });
    expect([undefined, BODY.toString()]).toContain(await s3.text('f11/g'));
  });
});

describe('a presigned URL is good for what it says, and for nothing else', () => {
  test('for another key it is refused', async () => {
    const url = await s3.slotUrl('bound/mine', slot);
    const response = await putAsBound(url.replace('bound/mine', 'bound/yours'));
    expect(await errorOf(response)).toEqual({ status: 403, code: 'SignatureDoesNotMatch' });
    expect(await s3.text('bound/yours')).toBeUndefined();
    await expectUntouched('bound/mine', url);
  });

  test('with an extra query parameter it is refused', async () => {
    const url = await s3.slotUrl('bound/query', slot);
    expect((await putAsBound(`${url}&tagging`)).status).toBe(403);
    expect((await putAsBound(`${url}&x-id=GetObject`)).status).toBe(403);
    await expectUntouched('bound/query', url);
  });

  test('with another method it is refused', async () => {
    const url = await s3.slotUrl('bound/method', slot);
    const headers = { 'if-none-match': '*', 'x-amz-checksum-sha256': SHA256 };
    for (const method of ['GET', 'DELETE']) {
      expect((await fetch(url, { method, headers })).status).toBe(403);
    }
    await expectUntouched('bound/method', url);
  });

  test('with a header nobody signed it is refused', async () => {
    const url = await s3.slotUrl('bound/header', slot);
    const headers = { ...slotHeaders(BODY, SHA256), 'x-amz-meta-device': 'somebody' };
    const response = await put(url, BODY, headers);
    expect((await errorOf(response)).status).toBe(403);
    await expectUntouched('bound/header', url);
  });

  test('with a longer life than was signed it is refused', async () => {
    const url = await s3.slotUrl('bound/life', slot);
    const longer = url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600');
    expect(longer).not.toBe(url);
    expect((await putAsBound(longer)).status).toBe(403);
    await expectUntouched('bound/life', url);
  });

  test('after its end it is refused as expired', async () => {
    const signingDate = new Date(Date.now() - 120_000);
    const url = await s3.slotUrl('bound/late', slot, { signingDate, expiresIn: 60 });
    const response = await putAsBound(url);
    expect(response.status).toBe(403);
    expect(await response.text()).toMatch(/<Code>AccessDenied<.*Request has expired/s);
    expect(await s3.text('bound/late')).toBeUndefined();
  });

  test('without a signature nothing is served', async () => {
    await s3.put('private', 'secret');
    const url = `${s3.target.s3Url}/${s3.bucket}/private`;
    const response = await fetch(url);
    expect(await errorOf(response)).toEqual({ status: 403, code: 'AccessDenied' });
  });
});

describe('a presigned PUT that binds no length', () => {
  const sign = (Key: string) =>
    getSignedUrl(s3.signingClient, new PutObjectCommand({ Bucket: s3.bucket, Key }));

  test('still needs one', async () => {
    const url = await sign('length/none');
    const headers = { 'transfer-encoding': 'chunked' };
    const status = await new Promise((resolve, reject) => {
      const request = openRequest(url, { method: 'PUT', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on('error', reject);
      request.end(BODY);
    });
    expect(status).toBe(411);
    expect(await s3.text('length/none')).toBeUndefined();
  });

  test('is refused above 5 GiB before the bytes are sent', async () => {
    const url = await sign('length/huge');
    const headers = { 'content-length': String(5 * 2 ** 30 + 1) };
    const answer = await new Promise<string>((resolve, reject) => {
      const request = openRequest(url, { method: 'PUT', headers }, async (response) => {
        resolve(`${response.statusCode} ${await text(response)}`);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(answer).toMatch(/^400 .*<Code>EntityTooLarge<.*<MaxSizeAllowed>5368709120</s);
  });
});

describe('a presigned GET', () => {
  const sign = (Key: string) =>
    getSignedUrl(s3.signingClient, new GetObjectCommand({ Bucket: s3.bucket, Key }));

  test('reads the object, whole or by ranges', async () => {
    await s3.put('weights', 'model bytes');
    const url = await sign('weights');
    expect(await (await fetch(url)).text()).toBe('model bytes');
    const part = await fetch(url, { headers: { range: 'bytes=6-' } });
    expect([part.status, await part.text()]).toEqual([206, 'bytes']);
  });

  test('of a key with every kind of character reads that key', async () => {
    const key = "odd/ü ~'()*!+&=/x";
    await s3.put(key, 'odd');
    expect(await (await fetch(await sign(key))).text()).toBe('odd');
  });

  test('of a missing key is 404, of a deleted one too', async () => {
    await s3.put('deleted');
    const url = await sign('deleted');
    await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: 'deleted' }));
    expect(await errorOf(await fetch(url))).toEqual({ status: 404, code: 'NoSuchKey' });
  });
});
