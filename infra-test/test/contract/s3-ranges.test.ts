import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture } from './s3-fixture.ts';

const TEXT = '0123456789';

/** Larger than what a server may read at once. */
const LARGE = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251));

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
  await s3.put('ten', TEXT);
  await s3.put('none', '');
  await s3.put('large', LARGE);
});

afterAll(() => s3.close());

function get(Key: string, Range: string) {
  return s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key, Range }));
}

test.each([
  ['bytes=0-0', '0', 'bytes 0-0/10'],
  ['bytes=9-9', '9', 'bytes 9-9/10'],
  ['bytes=2-5', '2345', 'bytes 2-5/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=8-99', '89', 'bytes 8-9/10'],
  ['bytes=0-', TEXT, 'bytes 0-9/10'],
  ['bytes=-1', '9', 'bytes 9-9/10'],
  ['bytes=-3', '789', 'bytes 7-9/10'],
  ['bytes=-10', TEXT, 'bytes 0-9/10'],
  ['bytes=-99', TEXT, 'bytes 0-9/10'],
])('%s of ten bytes is %j', async (range, text, contentRange) => {
  const got = await get('ten', range);
  expect(got.$metadata.httpStatusCode).toBe(206);
  expect(got).toMatchObject({ ContentRange: contentRange, ContentLength: text.length });
  expect(await got.Body?.transformToString()).toBe(text);
});

test.each(['bytes=10-', 'bytes=10-10', 'bytes=100-200', 'bytes=-0'])(
  '%s of ten bytes is beyond them',
  async (range) => {
    expect(await codeOf(get('ten', range))).toBe('InvalidRange');
  },
);

test.each(['bytes=0-', 'bytes=0-0'])('%s of an empty object is beyond it', async (range) => {
  expect(await codeOf(get('none', range))).toBe('InvalidRange');
});

test.each(['bytes=', 'bytes=5-2', 'items=0-1', 'nonsense'])(
  '%j is no range, so the whole object comes',
  async (range) => {
    const got = await get('ten', range);
    expect(got.$metadata.httpStatusCode).toBe(200);
    expect(await got.Body?.transformToString()).toBe(TEXT);
  },
);

test.each([
  [0, 2_999_999],
  [1, 65_536],
  [1_048_575, 1_048_576],
  [999_999, 2_500_000],
])('bytes %i to %i of a large object are those bytes', async (first, last) => {
  const got = await get('large', `bytes=${first}-${last}`);
  const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(LARGE.subarray(first, last + 1))).toBe(true);
});

test('a range keeps to the version If-Match names', async () => {
  const { etag } = await s3.put('versioned', 'old bytes');
  await s3.put('versioned', 'new bytes');
  const call = s3.client.send(
    new GetObjectCommand({
      Bucket: s3.bucket,
      Key: 'versioned',
      Range: 'bytes=0-2',
      IfMatch: etag,
    }),
  );
  expect(await codeOf(call)).toBe('PreconditionFailed');
});

test('HEAD understands ranges', async () => {
  const head = await s3.client.send(
    new HeadObjectCommand({ Bucket: s3.bucket, Key: 'ten', Range: 'bytes=2-5' }),
  );
  expect(head).toMatchObject({ ContentLength: 4, $metadata: { httpStatusCode: 206 } });
});
