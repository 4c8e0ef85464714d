import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Bucket } from '../../../src/local-cloud/s3/bucket.ts';
import { getObject } from '../../../src/local-cloud/s3/operations/get-object.ts';
import { LOG_BODY_BYTES_MAX } from '../../../src/local-cloud/s3/staged-body.ts';
import { verifyPayload } from '../../../src/local-cloud/s3/verified-payload.ts';

const ALWAYS = { ifMatch: undefined, ifNoneMatch: false };
const ONCE = { ifMatch: undefined, ifNoneMatch: true };

let folder: string;
let bucket: Bucket;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-bucket-'));
  bucket = new Bucket(folder);
});

afterEach(() => {
  bucket.close();
  rmSync(folder, { recursive: true, force: true });
});

function reopen(): void {
  bucket.close();
  bucket = new Bucket(folder);
}

function payload(bytes: Uint8Array, claimedBytes = bytes.length) {
  return verifyPayload(Readable.from([bytes], { objectMode: false }), {
    isAwsChunked: false,
    bytes: claimedBytes,
    signedSha256: undefined,
    md5: undefined,
    checksum: undefined,
  });
}

function write(key: string, bytes: Uint8Array, condition = ALWAYS) {
  return bucket.write(payload(bytes), { key, headers: { 'x-amz-meta-n': '1' }, condition });
}

async function read(key: string): Promise<Buffer> {
  const entry = {
    name: 'b',
    objects: bucket,
    settings: { createdMs: 0, cors: [], notifications: [] },
  };
  const context = { store: { require: () => entry }, region: 'us-east-1' };
  const request = { bucket: 'b', key, headers: {}, query: new URLSearchParams() };
  const { body } = await getObject(request as never, context as never);
  return body instanceof Readable
    ? Buffer.concat(await body.toArray())
    : Buffer.from((body as Uint8Array | undefined) ?? []);
}

const small = Buffer.from('small');
const large = Buffer.alloc(LOG_BODY_BYTES_MAX + 1, 'large');

describe.each([
  ['small', small],
  ['as large as the log takes', large.subarray(1)],
  ['large', large],
  ['empty', Buffer.alloc(0)],
])('a %s object', (_, bytes) => {
  test('survives a restart with bytes, record and sequence', async () => {
    const written = await write('k', bytes);
    reopen();
    expect(bucket.find('k')).toEqual(written);
    expect(bucket.require('k').etag).toBe(createHash('md5').update(bytes).digest('hex'));
    expect((await read('k')).equals(bytes)).toBe(true);
    const next = await write('k2', bytes);
    expect(next.sequencer > written.sequencer).toBe(true);
  });

  test('stays deleted after a restart, and its file is gone', async () => {
    await write('k', bytes);
    expect(bucket.remove('k', ALWAYS)).toBe(true);
    expect(bucket.remove('k', ALWAYS)).toBe(false);
    reopen();
    expect(bucket.find('k')).toBeUndefined();
    expect(bucket.keys.size).toBe(0);
    expect(readdirSync(join(folder, 'objects'))).toEqual([]);
  });

  test('that was replaced is the later one after a restart', async () => {
    await write('k', large);
    await write('k', bytes);
    reopen();
    expect((await read('k')).equals(bytes)).toBe(true);
    expect(bucket.keys.size).toBe(1);
  });

  test('with fewer bytes than announced is not stored', async () => {
    const call = bucket.write(payload(bytes, bytes.length + 1), {
      key: 'k',
      headers: {},
      condition: ALWAYS,
    });
    await expect(call).rejects.toMatchObject({ code: 'IncompleteBody' });
    expect(bucket.find('k')).toBeUndefined();
    expect(readdirSync(join(folder, 'staging'))).toEqual([]);
  });
});

test('of many writers whose bodies overlap in time one meets its condition', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, writer) =>
      write('k', writer % 2 === 0 ? large : small, ONCE).then(({ etag }) => etag),
    ),
  );
  const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
  expect(won).toHaveLength(1);
  expect(bucket.find('k')?.etag).toBe(won[0]?.value);
  expect(readdirSync(join(folder, 'staging'))).toEqual([]);
});

test('a reader keeps the bytes it began with when the object is replaced or deleted', async () => {
  await write('k', large);
  const first = read('k');
  await write('k', small);
  expect((await first).equals(large)).toBe(true);
});

describe('after a crash', () => {
  test('an entry that was cut off is dropped, and the log goes on behind the last whole one', async () => {
    await write('whole', small);
    const { size } = statSync(join(folder, 'objects.log'));
    await write('torn', small);
    bucket.close();
    const log = join(folder, 'objects.log');
    const { size: fullSize } = statSync(log);
    truncateSync(log, fullSize - 3);
    bucket = new Bucket(folder);
    expect(statSync(log).size).toBe(size);
    expect(bucket.find('torn')).toBeUndefined();
    await write('after', small);
    reopen();
    expect((await read('whole')).equals(small)).toBe(true);
    expect((await read('after')).equals(small)).toBe(true);
  });

  test('bytes that are no entry are dropped', async () => {
    await write('whole', small);
    bucket.close();
    appendFileSync(join(folder, 'objects.log'), Buffer.alloc(100, 'x'));
    bucket = new Bucket(folder);
    expect([bucket.keys.size, (await read('whole')).toString()]).toEqual([1, 'small']);
  });

  test('files nobody names and half-written bodies are removed', () => {
    bucket.close();
    writeFileSync(join(folder, 'objects', '0000'), 'orphan');
    writeFileSync(join(folder, 'staging', '1'), 'half');
    bucket = new Bucket(folder);
    expect(readdirSync(join(folder, 'objects'))).toEqual([]);
    expect(readdirSync(join(folder, 'staging'))).toEqual([]);
  });
});

test('a log that is mostly history is rewritten at the next start, with what is live', async () => {
  for (let version = 0; version < 20; version += 1) {
    await write('changing', Buffer.alloc(10_000, String(version)));
  }
  await write('kept', small);
  await write('big', large);
  const log = join(folder, 'objects.log');
  const before = statSync(log).size;
  reopen();
  expect(statSync(log).size).toBeLessThan(before / 5);
  expect((await read('changing')).equals(Buffer.alloc(10_000, '19'))).toBe(true);
  expect((await read('kept')).equals(small)).toBe(true);
  expect((await read('big')).equals(large)).toBe(true);
  reopen();
  expect(bucket.keys.size).toBe(3);
});

test('a bucket destroyed under a write answers that it is gone', async () => {
  const call = write('k', small);
  bucket.destroy();
  await expect(call).rejects.toMatchObject({ code: 'NoSuchBucket' });
  bucket = new Bucket(folder);
});
