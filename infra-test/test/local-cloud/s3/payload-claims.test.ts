import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { readPayloadClaims } from '../../../src/local-cloud/s3/payload-claims.ts';
import { readVerifiedText, verifyPayload } from '../../../src/local-cloud/s3/verified-payload.ts';

const BODY = Buffer.from('payload');
const hash = (algorithm: string, encoding: 'hex' | 'base64') =>
  createHash(algorithm).update(BODY).digest(encoding);

function codeOf(headers: Record<string, string>): string {
  try {
    readPayloadClaims(headers);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function outcomeOf(headers: Record<string, string>, body = BODY): Promise<string> {
  const claims = readPayloadClaims({ 'content-length': '7', ...headers });
  try {
    return await readVerifiedText(Readable.from([body], { objectMode: false }), claims, 1000);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('claims', () => {
  test.each([
    ['a length', { 'content-length': '7' }, 'accepted'],
    ['no length', {}, 'MissingContentLength'],
    ['a length that is none', { 'content-length': '7x' }, 'MissingContentLength'],
    [
      'aws-chunked without the decoded length',
      { 'content-length': '7', 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
      'MissingContentLength',
    ],
    [
      'signed chunks',
      { 'content-length': '7', 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
      'NotImplemented',
    ],
    [
      'a digest that is none',
      { 'content-length': '7', 'x-amz-content-sha256': 'nonsense' },
      'InvalidArgument',
    ],
    ['a malformed MD5', { 'content-length': '7', 'content-md5': 'AAAA' }, 'InvalidDigest'],
    [
      'two checksums',
      {
        'content-length': '7',
        'x-amz-checksum-crc32': 'AAAAAA==',
        'x-amz-checksum-crc32c': 'AAAAAA==',
      },
      'InvalidRequest',
    ],
    [
      'a checksum in front and one behind',
      {
        'content-length': '7',
        'x-amz-checksum-crc32': 'AAAAAA==',
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      },
      'InvalidRequest',
    ],
    [
      'a checksum that is not served',
      { 'content-length': '7', 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
      'NotImplemented',
    ],
    [
      'a checksum of the wrong length',
      { 'content-length': '7', 'x-amz-checksum-sha1': 'AAAAAA==' },
      'InvalidRequest',
    ],
    [
      'an algorithm without its checksum',
      { 'content-length': '7', 'x-amz-sdk-checksum-algorithm': 'SHA256' },
      'InvalidRequest',
    ],
    ['another trailer', { 'content-length': '7', 'x-amz-trailer': 'x-other' }, 'NotImplemented'],
  ])('%s: %s', (_, headers, code) => {
    expect(codeOf(headers as Record<string, string>)).toBe(code);
  });
});

describe('a body', () => {
  test.each([
    ['its signed SHA-256', { 'x-amz-content-sha256': hash('sha256', 'hex') }],
    ['its MD5', { 'content-md5': hash('md5', 'base64') }],
    ['its SHA-1', { 'x-amz-checksum-sha1': hash('sha1', 'base64') }],
    ['no digest', {}],
  ])('that matches %s is read', async (_, headers) => {
    expect(await outcomeOf(headers as Record<string, string>)).toBe('payload');
  });

  test.each([
    ['x-amz-content-sha256', hash('sha256', 'hex'), 'XAmzContentSHA256Mismatch'],
    ['content-md5', hash('md5', 'base64'), 'BadDigest'],
    ['x-amz-checksum-sha256', hash('sha256', 'base64'), 'BadDigest'],
  ])('other than its %s says is refused', async (name, value, code) => {
    expect(await outcomeOf({ [name]: value }, Buffer.from('PAYLOAD'))).toBe(code);
  });

  test('longer or shorter than announced is refused', async () => {
    expect(await outcomeOf({ 'content-length': '6' })).toBe('IncompleteBody');
    expect(await outcomeOf({ 'content-length': '8' })).toBe('IncompleteBody');
  });

  test('longer than allowed is refused before it is read', async () => {
    expect(await outcomeOf({ 'content-length': '1001' })).toBe('EntityTooLarge');
  });

  test('is verified against the checksum behind it', async () => {
    const claims = readPayloadClaims({
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '7',
      'x-amz-trailer': 'x-amz-checksum-sha1',
    });
    const finish = async (trailer: string) => {
      const text = `7\r\npayload\r\n0\r\n${trailer}\r\n`;
      const body = Readable.from([Buffer.from(text)], { objectMode: false });
      const payload = verifyPayload(body, claims);
      for await (const chunk of payload.chunks()) expect(chunk.toString()).toBe('payload');
      return payload.finish();
    };
    const value = hash('sha1', 'base64');
    const checksum = { algorithm: 'sha1', value };
    expect(await finish(`x-amz-checksum-sha1:${value}\r\n`)).toMatchObject({ bytes: 7, checksum });
    await expect(finish('')).rejects.toMatchObject({ code: 'BadDigest' });
    await expect(finish('x-amz-checksum-sha1:other\r\n')).rejects.toMatchObject({
      code: 'BadDigest',
    });
  });
});
