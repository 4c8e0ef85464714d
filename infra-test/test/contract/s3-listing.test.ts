import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, openS3, type S3Fixture } from './s3-fixture.ts';

/** One more than a page holds. */
const KEY_COUNT = 1001;

const pageKeys = Array.from({ length: KEY_COUNT }, (_, i) => `page/${String(i).padStart(5, '0')}`);
const treeKeys = ['tree/a', 'tree/b/1', 'tree/b/2', 'tree/b/c/3', 'tree/d', 'tree/e/4'];

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
  for (let start = 0; start < KEY_COUNT; start += 50) {
    await Promise.all(pageKeys.slice(start, start + 50).map((key) => s3.put(key, '')));
  }
  await Promise.all(treeKeys.map((key) => s3.put(key)));
});

afterAll(() => s3.close());

type Listing = Partial<ConstructorParameters<typeof ListObjectsV2Command>[0]>;

function list(options: Listing): Promise<ListObjectsV2CommandOutput> {
  return s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket, ...options }));
}

function keysOf(page: ListObjectsV2CommandOutput): (string | undefined)[] {
  return (page.Contents ?? []).map(({ Key }) => Key);
}

async function listAll(options: Listing): Promise<{ entries: string[]; pageCount: number }> {
  const entries: string[] = [];
  let pageCount = 0;
  let ContinuationToken: string | undefined;
  do {
    const page = await list({ ...options, ContinuationToken });
    entries.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    entries.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix));
    pageCount += 1;
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
  } while (ContinuationToken !== undefined);
  return { entries, pageCount };
}

test('1,001 keys take two pages, even when more are asked for', async () => {
  const first = await list({ Prefix: 'page/', MaxKeys: 5000 });
  expect(first.KeyCount).toBe(1000);
  expect(first.IsTruncated).toBe(true);
  const second = await list({ Prefix: 'page/', ContinuationToken: first.NextContinuationToken });
  expect(second).toMatchObject({ KeyCount: 1, IsTruncated: false });
  expect([...keysOf(first), ...keysOf(second)]).toEqual(pageKeys);
});

test('a page that ends with the last key is not truncated', async () => {
  const page = await list({ Prefix: 'page/', StartAfter: pageKeys[0] });
  expect(page).toMatchObject({ KeyCount: 1000, IsTruncated: false });
  expect(page.NextContinuationToken).toBeUndefined();
});

test('entries tell size, ETag and time', async () => {
  const { etag } = await s3.put('entry', 'five!');
  const { Contents = [] } = await list({ Prefix: 'entry' });
  expect(Contents).toMatchObject([{ Key: 'entry', Size: 5, ETag: etag }]);
  expect(Contents[0]?.LastModified).toBeInstanceOf(Date);
});

test('a delimiter rolls up what lies below it', async () => {
  const top = await list({ Prefix: 'tree/', Delimiter: '/' });
  expect(keysOf(top)).toEqual(['tree/a', 'tree/d']);
  expect(top.CommonPrefixes).toEqual([{ Prefix: 'tree/b/' }, { Prefix: 'tree/e/' }]);
  expect(top.KeyCount).toBe(4);
  const below = await list({ Prefix: 'tree/b/', Delimiter: '/' });
  expect(keysOf(below)).toEqual(['tree/b/1', 'tree/b/2']);
  expect(below.CommonPrefixes).toEqual([{ Prefix: 'tree/b/c/' }]);
});

test('pages of one entry walk keys and rolled-up prefixes once each', async () => {
  const { entries, pageCount } = await listAll({ Prefix: 'tree/', Delimiter: '/', MaxKeys: 1 });
  expect(entries).toEqual(['tree/a', 'tree/b/', 'tree/d', 'tree/e/']);
  expect(pageCount).toBe(4);
});

test('StartAfter need not be a key', async () => {
  expect(keysOf(await list({ Prefix: 'tree/', StartAfter: 'tree/b/1x' }))).toEqual([
    'tree/b/2',
    'tree/b/c/3',
    'tree/d',
    'tree/e/4',
  ]);
});

test('keys come in the order of their UTF-8 bytes', async () => {
  // U+FF5E sorts after U+1F600 in UTF-16, before it in UTF-8.
  const keys = ['order/A', 'order/Z', 'order/a', 'order/é', 'order/\uff5e', 'order/\u{1f600}'];
  await Promise.all(keys.toReversed().map((key) => s3.put(key, '')));
  expect(keysOf(await list({ Prefix: 'order/' }))).toEqual(keys);
});

test('keys that need escaping in XML come back as they are', async () => {
  const keys = ['xml/ leading and trailing ', 'xml/&amp;', 'xml/<tag>"\'', 'xml/two  spaces'];
  await Promise.all(keys.map((key) => s3.put(key, '')));
  expect(keysOf(await list({ Prefix: 'xml/' }))).toEqual(keys);
});

test('a listing sees every write that was acknowledged before it', async () => {
  for (let i = 0; i < 20; i += 1) {
    await s3.put(`fresh/${String(i).padStart(2, '0')}`, '');
    expect((await list({ Prefix: 'fresh/' })).KeyCount).toBe(i + 1);
  }
});

test('a listing of nothing is empty', async () => {
  const page = await list({ Prefix: 'nothing/here' });
  expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
  expect(page.Contents ?? []).toEqual([]);
  expect((await list({ MaxKeys: 0 })).KeyCount).toBe(0);
});

test('an invented continuation token is refused', async () => {
  expect(await codeOf(list({ ContinuationToken: 'invented' }))).toBe('InvalidArgument');
});
