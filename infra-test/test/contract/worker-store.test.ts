import { GetObjectCommand } from '@aws-sdk/client-s3';
import {
  OBJECT_LEASE_SECONDS,
  type ObjectHeader,
  TOMBSTONE_BYTES_MAX,
  TOMBSTONE_SECONDS,
  workerObjectKey,
  workerPlanKey,
} from '@tributary/client/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWorkerStore } from '../../../client/test/execution/store/store-contract.ts';
import { FileCache } from '../../../lambdas/src/worker/store/file-cache.ts';
import { S3WorkerStore } from '../../../lambdas/src/worker/store/s3-worker-store.ts';
import { WorkerBucket } from '../../../lambdas/src/worker/store/worker-bucket.ts';
import { skipLoudly } from './rows.ts';
import { openS3, type S3Fixture } from './s3-fixture.ts';

let s3: S3Fixture;
let workers = 0;
beforeAll(async () => {
  s3 = await openS3();
});
afterAll(() => s3.close());

const DAY_MS = 86_400_000;
const DIGEST = 'ab'.repeat(32);
const NAME = { owner: 'carol', id: 'i'.repeat(22) };

function objectOf(change: Partial<ObjectHeader> = {}, bytes = Uint8Array.of(1, 2, 3, 4)) {
  const header: ObjectHeader = {
    ...{ schema: 1, kind: 'tensor', dtype: 'float32', shape: [1], digest: DIGEST, owner: 'carol' },
    ...{ createdAt: 1, origin: 'sent', tags: [], description: '', restrictions: [] },
    ...change,
  };
  return { header, bytes };
}

/** A store with a prefix of its own, whose clock can be moved; S3's own stays. */
function openStore(worker = `w${++workers}`) {
  const clock = { ms: Date.now() };
  const client = s3.signingClient;
  const open = (cacheBytes = 1_000_000) =>
    new S3WorkerStore({
      bucket: new WorkerBucket({ client, bucket: s3.bucket }),
      cache: new FileCache(cacheBytes),
      worker,
      now: () => clock.ms,
    });
  const key = workerObjectKey({ worker, ...NAME });
  return { worker, clock, key, open, store: open() };
}

async function sizeOf(key: string): Promise<number | undefined> {
  return Buffer.byteLength((await s3.text(key)) ?? '');
}

describeWorkerStore('the store in S3', () => ({ store: openStore().store }));
describeWorkerStore('the store in S3 that keeps nothing in memory', () => ({
  store: openStore().open(0),
}));

describe('a store in S3', () => {
  afterEach(() => s3.target.setFaults?.(undefined));

  it('asks S3 whether an object is there and the same, and has its bytes sent once', async () => {
    const { store, open } = openStore();
    const other = open();
    await store.create(NAME, objectOf());
    const get = vi.spyOn(WorkerBucket.prototype, 'get');
    expect(await store.read(NAME)).toMatchObject(objectOf());
    expect(await store.head(NAME)).toMatchObject({ header: objectOf().header });
    const answers = await Promise.all(get.mock.results.map(({ value }) => value));
    get.mockRestore();
    expect(answers).toEqual([{ kind: 'same' }, { kind: 'same' }]);
    const { version } = (await other.head(NAME)) as { version: string };
    const { header } = objectOf({ tags: ['#new'] });
    expect(await other.replaceHeader(NAME, { header, version })).toBe(true);
    expect(await store.read(NAME)).toMatchObject({ header: { tags: ['#new'] } });
    await other.delete(NAME);
    expect(await store.read(NAME)).toEqual({ kind: 'deleted', digest: DIGEST });
  });

  it('reads headers that are longer than what it reads at first', async () => {
    const { store } = openStore();
    const allow = Array.from({ length: 64 }, (_, index) => `${index}`.padStart(64, 'u'));
    const restrictions = [1, 2, 3].map((owner) => ({ owner: `owner-${owner}`, allow }));
    const { header } = objectOf({ restrictions });
    await store.create(NAME, objectOf(header));
    const fresh = openStore(`w${workers}`).store;
    expect(await fresh.head(NAME)).toMatchObject({ header: { restrictions } });
    expect(await fresh.read(NAME)).toMatchObject({
      header: { restrictions },
      bytes: { length: 4 },
    });
  });

  it('tells tombstones from every other file by their sizes', async () => {
    const { store, key } = openStore();
    const smallest = { tags: [], description: '', owner: 'x', createdAt: 0, shape: [] };
    await store.create(NAME, objectOf({ ...smallest, kind: 'mark' }, new Uint8Array()));
    expect(await sizeOf(key)).toBeGreaterThan(TOMBSTONE_BYTES_MAX);
    await store.delete(NAME);
    expect(await sizeOf(key)).toBeLessThanOrEqual(TOMBSTONE_BYTES_MAX);
  });

  it('forgets objects and tombstones that S3 has yet to delete', async () => {
    const { store, open, clock } = openStore();
    await store.create(NAME, objectOf());
    clock.ms += OBJECT_LEASE_SECONDS * 1_000 + DAY_MS;
    expect(await store.head(NAME)).toEqual({ kind: 'missing' });
    expect(await open().read(NAME)).toEqual({ kind: 'missing' });
    expect((await store.list({})).objects).toEqual([]);
    // By its clock the new one has expired too, since S3's goes on as before.
    expect(await store.create(NAME, objectOf({ digest: 'cd'.repeat(32) }))).toBe('created');
    clock.ms -= OBJECT_LEASE_SECONDS * 1_000 + DAY_MS;
    await store.delete(NAME);
    clock.ms += TOMBSTONE_SECONDS * 1_000;
    expect(await store.head(NAME)).toEqual({ kind: 'missing' });
    expect(await store.create(NAME, objectOf())).toBe('created');
    expect(await store.head(NAME)).toMatchObject({ kind: 'found', header: { digest: DIGEST } });
  });

  it('writes an object or a plan anew to begin its lease anew', async () => {
    const { store, clock, worker } = openStore();
    await store.create(NAME, objectOf());
    await store.createPlan(DIGEST, Uint8Array.of(1, 2));
    const planKey = workerPlanKey(worker, DIGEST);
    const written = async (key: string) => {
      const got = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
      await got.Body?.transformToByteArray();
      return got.LastModified?.getTime() ?? 0;
    };
    const objectKey = workerObjectKey({ worker, ...NAME });
    const before = [await written(objectKey), await written(planKey)];
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await store.readPlan(DIGEST);
    expect(await written(planKey)).toBe(before[1]);
    clock.ms += OBJECT_LEASE_SECONDS * 600;
    await store.readPlan(DIGEST);
    await store.renew(NAME);
    expect(await written(objectKey)).toBeGreaterThan(before[0] ?? 0);
    expect(await written(planKey)).toBeGreaterThan(before[1] ?? 0);
    expect(await store.read(NAME)).toMatchObject(objectOf());
  });

  it('outlasts throttling, conflicts and answers that got lost', async (context) => {
    const { setFaults } = s3.target;
    if (setFaults === undefined)
      return skipLoudly(context, 'Only the local cloud fails when told to');
    const { store } = openStore();
    const faults = ['slow-down-503', 'conflict-409', 'lost-response'] as const;
    for (const [index, fault] of faults.entries()) {
      setFaults({ seed: 1, requests: [{ service: 's3', method: 'PUT', fault, firstPerKey: 1 }] });
      const name = { owner: 'carol', id: String(index).padStart(22, '0') };
      expect(await retried(() => store.create(name, objectOf()))).toMatch(/created|same/);
      await retried(() => store.delete(name));
      setFaults(undefined);
      expect(await store.head(name)).toEqual({ kind: 'deleted', digest: DIGEST });
    }
  });

  it('says that S3 can’t be reached, and what is the deployment’s fault', async () => {
    const missing = new S3WorkerStore({
      bucket: new WorkerBucket({ client: s3.signingClient, bucket: `${s3.bucket}-none` }),
      ...{ worker: 'w', cache: new FileCache(0), now: Date.now },
    });
    for (const attempt of [
      () => missing.create(NAME, objectOf()),
      () => missing.head(NAME),
      () => missing.read(NAME),
      () => missing.delete(NAME),
      () => missing.list({}),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ casualty: 'invocation' });
    }
  });

  it('has twenty at once make, change and delete the same objects', async () => {
    const { worker, store } = openStore();
    const stores = Array.from({ length: 20 }, () => openStore(worker).store);
    const names = Array.from({ length: 5 }, (_, index) => ({
      owner: 'carol',
      id: String(index).padStart(22, 'n'),
    }));
    const made = await Promise.all(
      stores.flatMap((each) => names.map((name) => each.create(name, objectOf()))),
    );
    expect(made.filter((outcome) => outcome === 'created')).toHaveLength(names.length);
    expect(new Set(made)).toEqual(new Set(['created', 'same']));
    await Promise.all(stores.flatMap((each) => names.slice(1).map((name) => each.delete(name))));
    expect((await store.list({})).objects.map(({ name }) => name)).toEqual(names.slice(0, 1));
    const late = await Promise.all(
      stores.flatMap((each) => names.slice(1).map((name) => each.create(name, objectOf()))),
    );
    expect(new Set(late)).toEqual(new Set(['deleted']));
  });
});

/** Tries again as callers do: the fixture's client never does. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 0; count < 5; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      expect(error).toMatchObject({ casualty: 'invocation' });
    }
  }
  throw new Error('Five attempts failed');
}
