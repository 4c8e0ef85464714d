import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture } from './s3-fixture.ts';

const BODY = '123456789';

/** Checksums of the nine digits, from the catalogues of CRCs and from FIPS 180-4. */
const CHECKSUMS = {
  ChecksumCRC32: 'y/Q5Jg==',
  ChecksumCRC32C: '4waSgw==',
  ChecksumSHA1: createHash('sha1').update(BODY).digest('base64'),
  ChecksumSHA256: createHash('sha256').update(BODY).digest('base64'),
} as const;

type ChecksumName = keyof typeof CHECKSUMS;

const NAMES = Object.keys(CHECKSUMS) as ChecksumName[];

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
});

afterAll(() => s3.close());

function put(Key: string, input: Partial<PutObjectCommandInput>) {
  return s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key, Body: BODY, ...input }));
}

test.each(NAMES)('%s is verified, echoed, kept and told', async (name) => {
  const key = { Bucket: s3.bucket, Key: `told/${name}` };
  const stored = await put(key.Key, { [name]: CHECKSUMS[name] });
  expect(stored[name]).toBe(CHECKSUMS[name]);
  const head = await s3.client.send(new HeadObjectCommand({ ...key, ChecksumMode: 'ENABLED' }));
  const got = await s3.client.send(new GetObjectCommand({ ...key, ChecksumMode: 'ENABLED' }));
  await got.Body?.transformToString();
  expect(head[name]).toBe(CHECKSUMS[name]);
  expect(got[name]).toBe(CHECKSUMS[name]);
});

test.each(NAMES)('other bytes than %s says are refused and not stored', async (name) => {
  const call = put(`wrong/${name}`, { Body: '12345678!', [name]: CHECKSUMS[name] });
  expect(await codeOf(call)).toBe('BadDigest');
  expect(await s3.text(`wrong/${name}`)).toBeUndefined();
});

test('a checksum that is none is refused', async () => {
  expect(await codeOf(put('malformed', { ChecksumSHA256: 'dG9vIHNob3J0' }))).toBe('InvalidRequest');
});

test('Content-MD5 is verified', async () => {
  const md5 = createHash('md5').update(BODY).digest('base64');
  await put('md5', { ContentMD5: md5 });
  expect(await codeOf(put('md5/wrong', { Body: 'other', ContentMD5: md5 }))).toBe('BadDigest');
  expect(await codeOf(put('md5/none', { ContentMD5: 'nonsense' }))).toBe('InvalidDigest');
});

test('a streamed body carries its checksum behind it', async () => {
  const key = { Bucket: s3.bucket, Key: 'trailing' };
  const Body = Readable.from([Buffer.from('1234'), Buffer.from('56789')]);
  const stored = await put(key.Key, { Body, ContentLength: 9, ChecksumAlgorithm: 'CRC32C' });
  expect(stored.ChecksumCRC32C).toBe(CHECKSUMS.ChecksumCRC32C);
  const got = await s3.client.send(new GetObjectCommand(key));
  expect(await got.Body?.transformToString()).toBe(BODY);
  expect(got.ContentEncoding ?? '').not.toContain('aws-chunked');
});

test('a range does not come with the checksum of the whole', async () => {
  const key = { Bucket: s3.bucket, Key: 'ranged' };
  await put(key.Key, { ChecksumSHA256: CHECKSUMS.ChecksumSHA256 });
  const got = await s3.client.send(
    new GetObjectCommand({ ...key, Range: 'bytes=2-4', ChecksumMode: 'ENABLED' }),
  );
  expect(await got.Body?.transformToString()).toBe('345');
  expect(got.ChecksumSHA256).toBeUndefined();
});

test('without the checksum mode no checksum is told', async () => {
  const key = { Bucket: s3.bucket, Key: 'silent' };
  await put(key.Key, { ChecksumSHA256: CHECKSUMS.ChecksumSHA256 });
  expect((await s3.client.send(new HeadObjectCommand(key))).ChecksumSHA256).toBeUndefined();
});
