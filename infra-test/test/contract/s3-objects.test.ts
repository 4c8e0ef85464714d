import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture } from './s3-fixture.ts';

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
});

afterAll(() => s3.close());

function object(Key: string) {
  return { Bucket: s3.bucket, Key };
}

test('an object comes back with its bytes, ETag, type and metadata', async () => {
  const Body = Buffer.from('federated');
  const put = await s3.client.send(
    new PutObjectCommand({
      ...object('plain'),
      Body,
      ContentType: 'application/json',
      CacheControl: 'no-store',
      Metadata: { device: 'a1', count: '3' },
    }),
  );
  const got = await s3.client.send(new GetObjectCommand(object('plain')));
  const etag = `"${createHash('md5').update(Body).digest('hex')}"`;
  expect(put.ETag).toBe(etag);
  expect(got).toMatchObject({
    ETag: etag,
    ContentLength: 9,
    ContentType: 'application/json',
    CacheControl: 'no-store',
    Metadata: { device: 'a1', count: '3' },
    AcceptRanges: 'bytes',
  });
  expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Body);
  const age = Date.now() - (got.LastModified?.getTime() ?? 0);
  expect(Math.abs(age)).toBeLessThan(15 * 60_000);
});

test('HEAD tells the same as GET without the bytes', async () => {
  await s3.put('head', 'twelve bytes');
  const { $metadata, ...head } = await s3.client.send(new HeadObjectCommand(object('head')));
  const got = await s3.client.send(new GetObjectCommand(object('head')));
  await got.Body?.transformToString();
  expect($metadata.httpStatusCode).toBe(200);
  for (const name of ['ETag', 'ContentLength', 'ContentType', 'LastModified'] as const) {
    expect(head[name]).toEqual(got[name]);
  }
});

test.each([
  'with space/and+plus',
  'ünï/cødé/日本語/🙂',
  "quotes'()*!&$@=;:,?#%25",
  'a//b/../c/./d',
  `${'k'.repeat(1024)}`,
])('the key %j names one object exactly', async (key) => {
  await s3.put(key, `under ${key}`);
  expect(await s3.text(key)).toBe(`under ${key}`);
});

test('a key of 1,025 bytes is refused', async () => {
  expect(await codeOf(s3.put('k'.repeat(1025)))).toBe('KeyTooLongError');
});

test('an empty object is an object', async () => {
  const { etag } = await s3.put('empty', '');
  expect(etag).toBe('"d41d8cd98f00b204e9800998ecf8427e"');
  expect(await s3.text('empty')).toBe('');
});

test('a body of several megabytes survives in one piece, from a buffer and from a stream', async () => {
  const bytes = Buffer.alloc(5_000_011, 'tributary');
  const digest = createHash('sha256').update(bytes).digest('hex');
  const chunks = [bytes.subarray(0, 3_000_001), bytes.subarray(3_000_001)];
  await s3.put('large/buffer', bytes);
  await s3.client.send(
    new PutObjectCommand({
      ...object('large/stream'),
      Body: Readable.from(chunks),
      ContentLength: bytes.length,
    }),
  );
  for (const key of ['large/buffer', 'large/stream']) {
    const got = await s3.client.send(new GetObjectCommand(object(key)));
    const read = await got.Body?.transformToByteArray();
    expect(
      createHash('sha256')
        .update(read ?? '')
        .digest('hex'),
    ).toBe(digest);
  }
});

test('a later PUT replaces the object', async () => {
  const first = await s3.put('replaced', 'one');
  const second = await s3.put('replaced', 'two');
  expect(second.etag).not.toBe(first.etag);
  expect(await s3.text('replaced')).toBe('two');
});

test('a missing key and a missing bucket are told apart', async () => {
  const elsewhere = { Bucket: `${s3.bucket}-not`, Key: 'k' };
  expect(await codeOf(s3.client.send(new GetObjectCommand(object('absent'))))).toBe('NoSuchKey');
  expect(await codeOf(s3.client.send(new GetObjectCommand(elsewhere)))).toBe('NoSuchBucket');
  expect(await codeOf(s3.client.send(new HeadObjectCommand(object('absent'))))).toBe('NotFound');
});

test('deleting is idempotent, one by one and in bulk', async () => {
  await Promise.all(['gone/1', 'gone/2', 'gone/&<3>'].map((key) => s3.put(key)));
  await s3.client.send(new DeleteObjectCommand(object('gone/1')));
  await s3.client.send(new DeleteObjectCommand(object('gone/1')));
  const Objects = ['gone/1', 'gone/2', 'gone/&<3>'].map((Key) => ({ Key }));
  const bulk = await s3.client.send(
    new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects } }),
  );
  expect(bulk.Errors ?? []).toEqual([]);
  expect(bulk.Deleted?.map(({ Key }) => Key).sort()).toEqual(['gone/&<3>', 'gone/1', 'gone/2']);
  expect(await s3.text('gone/2')).toBeUndefined();
  expect(await s3.text('gone/&<3>')).toBeUndefined();
});

test('a bucket is found, listed, and deleted only when it is empty', async () => {
  const Bucket = `${s3.bucket}-extra`;
  await s3.client.send(new CreateBucketCommand({ Bucket }));
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }));
  await s3.client.send(new HeadBucketCommand({ Bucket }));
  const { Buckets = [] } = await s3.client.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).toContain(Bucket);
  const remove = () => s3.client.send(new DeleteBucketCommand({ Bucket }));
  expect(await codeOf(remove())).toBe('BucketNotEmpty');
  await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  await remove();
  expect(await codeOf(s3.client.send(new HeadBucketCommand({ Bucket })))).toBe('NotFound');
});

test('a bucket name that is none is refused', async () => {
  const create = new CreateBucketCommand({ Bucket: 'Not_A_Bucket' });
  expect(await codeOf(s3.client.send(create))).toBe('InvalidBucketName');
});
