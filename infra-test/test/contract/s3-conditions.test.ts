import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRequest } from '../support/raw-http.ts';
import { codeOf, openS3, type S3Fixture, slotHeaders } from './s3-fixture.ts';

/** Writers that go for one key at the same time. */
const WRITER_COUNT = 200;

let s3: S3Fixture;

beforeAll(async () => {
  s3 = await openS3();
});

afterAll(() => s3.close());

function putIf(Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string }) {
  return s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key, Body, ...condition }));
}

async function statuses(calls: readonly Promise<unknown>[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const code of await Promise.all(calls.map(codeOf))) {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return counts;
}

test('of 200 concurrent write-once puts exactly one wins, and its bytes stay', async () => {
  const winners: string[] = [];
  const calls = Array.from({ length: WRITER_COUNT }, async (_, writer) => {
    await putIf('once', `writer ${writer}`, { IfNoneMatch: '*' });
    winners.push(`writer ${writer}`);
  });
  expect(await statuses(calls)).toEqual(
    new Map([
      ['none', 1],
      ['PreconditionFailed', WRITER_COUNT - 1],
    ]),
  );
  expect(await s3.text('once')).toBe(winners[0]);
});

/** A PUT of a slot that sends the first half now and the second when it is told to. */
async function beginUpload(key: string, body: Buffer) {
  const sha256 = createHash('sha256').update(body).digest('base64');
  const url = await s3.slotUrl(key, { bytes: body.length, sha256 });
  const request = openRequest(url, { method: 'PUT', headers: slotHeaders(body, sha256) });
  const status = new Promise<number | undefined>((resolve, reject) => {
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', reject);
  });
  const half = body.length >>> 1;
  await new Promise((resolve) => request.write(body.subarray(0, half), resolve));
  return {
    finish(): Promise<number | undefined> {
      request.end(body.subarray(half));
      return status;
    },
  };
}

test('of 200 uploads that are all under way before the first one ends exactly one wins', async () => {
  const bodies = Array.from({ length: WRITER_COUNT }, (_, writer) =>
    Buffer.from(`writer ${writer}`),
  );
  const uploads = await Promise.all(bodies.map((body) => beginUpload('overlap', body)));
  expect(await s3.text('overlap')).toBeUndefined();
  const outcomes = await Promise.all(uploads.map((upload) => upload.finish()));
  const winners = bodies.filter((_, writer) => outcomes[writer] === 200);
  expect(winners).toHaveLength(1);
  expect(outcomes.filter((status) => status === 412 || status === 409)).toHaveLength(
    WRITER_COUNT - 1,
  );
  expect(await s3.text('overlap')).toBe(winners[0]?.toString());
});

test('of 200 concurrent compare-and-swaps on one ETag exactly one wins', async () => {
  const { etag } = await s3.put('head', 'start');
  const calls = Array.from({ length: WRITER_COUNT }, (_, writer) =>
    putIf('head', `writer ${writer}`, { IfMatch: etag }),
  );
  const counts = await statuses(calls);
  expect(counts.get('none')).toBe(1);
  // S3 may also answer a lost race with 409, which tells the client to try again.
  const lost =
    (counts.get('PreconditionFailed') ?? 0) + (counts.get('ConditionalRequestConflict') ?? 0);
  expect(lost).toBe(WRITER_COUNT - 1);
});

test('a chain of compare-and-swaps loses no increment', async () => {
  await s3.put('counter', '0');
  const increment = async (): Promise<void> => {
    for (;;) {
      const got = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: 'counter' }));
      const next = Number(await got.Body?.transformToString()) + 1;
      const code = await codeOf(putIf('counter', String(next), { IfMatch: got.ETag ?? '' }));
      if (code === 'none') return;
      expect(['PreconditionFailed', 'ConditionalRequestConflict']).toContain(code);
    }
  };
  await Promise.all(Array.from({ length: 10 }, increment));
  expect(await s3.text('counter')).toBe('10');
});

test('a lost condition changes nothing', async () => {
  await s3.put('kept', 'first');
  expect(await codeOf(putIf('kept', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
  const other = '"00000000000000000000000000000000"';
  expect(await codeOf(putIf('kept', 'second', { IfMatch: other }))).toBe('PreconditionFailed');
  expect(await s3.text('kept')).toBe('first');
});

test('If-Match on an absent key is NoSuchKey', async () => {
  const etag = '"5d41402abc4b2a76b9719d911017c592"';
  expect(await codeOf(putIf('never', 'x', { IfMatch: etag }))).toBe('NoSuchKey');
  expect(await s3.text('never')).toBeUndefined();
});

test('a key that was deleted can be written once again', async () => {
  await putIf('reborn', 'one', { IfNoneMatch: '*' });
  await s3.client.send(new DeleteObjectCommand({ Bucket: s3.bucket, Key: 'reborn' }));
  await putIf('reborn', 'two', { IfNoneMatch: '*' });
  expect(await s3.text('reborn')).toBe('two');
});

test('reads honour If-Match and If-None-Match', async () => {
  const { etag } = await s3.put('read', 'bytes');
  const key = { Bucket: s3.bucket, Key: 'read' };
  const other = '"00000000000000000000000000000000"';
  const get = (condition: { IfMatch?: string; IfNoneMatch?: string }) =>
    s3.client.send(new GetObjectCommand({ ...key, ...condition }));
  expect(await (await get({ IfMatch: etag })).Body?.transformToString()).toBe('bytes');
  expect(await (await get({ IfNoneMatch: other })).Body?.transformToString()).toBe('bytes');
  expect(await codeOf(get({ IfMatch: other }))).toBe('PreconditionFailed');
  await expect(get({ IfNoneMatch: etag })).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  const head = s3.client.send(new HeadObjectCommand({ ...key, IfMatch: other }));
  await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
});
