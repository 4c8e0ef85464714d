import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectStore } from '../../../lambdas/src/storage/object-store.ts';
import { S3ObjectStore } from '../../../lambdas/src/storage/s3-object-store.ts';
import { MemoryObjectStore } from '../../../lambdas/test/support/memory-object-store.ts';
import { skipLoudly } from './rows.ts';
import { openS3, type S3Fixture } from './s3-fixture.ts';

let s3: S3Fixture | undefined;
afterEach(async () => {
  await s3?.close();
  s3 = undefined;
});

/** A store on a bucket of its own, which ends with the test. */
async function openS3Store() {
  s3 = await openS3();
  const { signingClient: client, bucket, target } = s3;
  return { client, target, store: new S3ObjectStore({ client, bucket }) };
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe.each([
  ['memory', async () => new MemoryObjectStore(Date.now)],
  ['S3', async () => (await openS3Store()).store],
])('an object store: %s', (_, create) => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await create();
  });

  it('creates a key once, whoever asks at the same time', async () => {
    const puts = Array.from({ length: 20 }, (__, n) => store.putOnce('a/b', bytes(`writer ${n}`)));
    const outcomes = (await Promise.all(puts)).map(({ kind }) => kind);
    expect(outcomes.filter((kind) => kind === 'stored')).toHaveLength(1);
    const winner = outcomes.indexOf('stored');
    expect((await store.get('a/b'))?.body).toEqual(bytes(`writer ${winner}`));
  });

  it('replaces only what has the pinned ETag', async () => {
    await store.putOnce('head', bytes('1'));
    const first = await store.get('head');
    const pin = { key: 'head', etag: first?.etag ?? '' };
    expect(await store.replace(pin, bytes('2'))).toEqual({ kind: 'replaced' });
    expect(await store.replace(pin, bytes('3'))).toEqual({ kind: 'changed' });
    expect(await store.replace({ key: 'none', etag: pin.etag }, bytes('4'))).toEqual({
      kind: 'changed',
    });
    expect((await store.get('head'))?.body).toEqual(bytes('2'));
    expect(await store.get('none')).toBeUndefined();
  });

  it('says what an object is, with the SHA-256 it was stored with', async () => {
    await store.putOnce('x', bytes('abc'));
    expect(await store.head('x')).toEqual({
      etag: '"900150983cd24fb0d6963f7d28e17f72"',
      bytes: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      modifiedAt: expect.any(Number),
    });
    expect(await store.head('y')).toBeUndefined();
  });

  it('says when an object was written, alike to whole seconds wherever it is asked', async () => {
    await store.putOnce('first', bytes('1'));
    const listed = await all(store.list('first'));
    const seconds = [(await store.head('first'))?.modifiedAt, listed[0]?.modifiedAt].map((ms) =>
      Math.floor((ms ?? 0) / 1000),
    );
    expect(seconds[0]).toBe(seconds[1]);
    // A time in seconds, or none at all, would be long past.
    expect(new Date((seconds[0] ?? 0) * 1000).getUTCFullYear()).toBeGreaterThan(2020);
  });

  it('reads ranges of the very object that is pinned', async () => {
    await store.putOnce('x', bytes('0123456789'));
    const pin = { key: 'x', etag: (await store.get('x'))?.etag ?? '', bytes: 10 };
    const range = async (begin: number, end: number) =>
      new TextDecoder().decode(await store.getRange(pin, { begin, end }));
    expect(await range(0, 1)).toBe('0');
    expect(await range(8, 10)).toBe('89');
    expect(await range(8, 99)).toBe('89');
    expect(await range(4, 4)).toBe('');
    expect(await range(10, 12)).toBe('');
    const gone = { ...pin, key: 'y' };
    expect(await store.getRange(gone, { begin: 0, end: 5 })).toBeUndefined();
    const changed = { ...pin, etag: '"0"' };
    expect(await store.getRange(changed, { begin: 0, end: 5 })).toBeUndefined();
  });

  it('lists every page in key order, and the segments under a prefix', async () => {
    const keys = Array.from({ length: 1_001 }, (__, n) => `p/${n % 3}/${n}`);
    await Promise.all(keys.map((key) => store.putOnce(key, bytes('x'))));
    await store.putOnce('p', bytes('x'));
    await store.putOnce('pz/1', bytes('x'));
    expect((await all(store.list('p/'))).map(({ key }) => key)).toEqual([...keys].sort());
    expect(await all(store.listSegments('p/'))).toEqual(['0', '1', '2']);
    expect(await all(store.list('q'))).toEqual([]);
    expect((await all(store.list('pz')))[0]).toMatchObject({ bytes: 1 });
  });

  it('keeps empty objects', async () => {
    await store.putOnce('empty', new Uint8Array(0));
    expect((await store.get('empty'))?.body).toHaveLength(0);
  });
});

describe('the store on S3', () => {
  it('F13: tries a conflict again with the same bytes, and never reports it as taken', async (context) => {
    const { store, target } = await openS3Store();
    const { setFaults } = target;
    if (setFaults === undefined) {
      return skipLoudly(context, 'Only the local cloud answers 409 when told to');
    }
    setFaults({
      seed: 1,
      requests: [{ service: 's3', method: 'PUT', fault: 'conflict-409', firstPerKey: 3 }],
    });
    expect(await store.putOnce('k', bytes('mine'))).toEqual({ kind: 'stored' });
    setFaults({ seed: 1, requests: [{ service: 's3', method: 'PUT', fault: 'conflict-409' }] });
    await expect(store.putOnce('l', bytes('mine'))).rejects.toMatchObject({
      code: 'write-conflict',
    });
    setFaults(undefined);
    expect(await store.get('l')).toBeUndefined();
  });

  it('does not take a missing bucket for a missing object', async () => {
    const { client } = await openS3Store();
    const store = new S3ObjectStore({ client, bucket: `no-such-bucket-${randomUUID()}` });
    await expect(store.get('k')).rejects.toThrow();
    await expect(store.putOnce('k', bytes('x'))).rejects.toThrow();
  });
});
