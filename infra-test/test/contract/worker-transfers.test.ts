import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3PresignedUrls } from '../../../lambdas/src/storage/presigned-urls.ts';
import { WorkerBucket } from '../../../lambdas/src/worker/store/worker-bucket.ts';
import { S3TransferStore } from '../../../lambdas/src/worker/transfers/s3-transfer-store.ts';
import { openS3, type S3Fixture } from './s3-fixture.ts';

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await openS3();
});
afterAll(() => s3.close());

const clock = { ms: Date.now() };

function storeOf(worker: string): S3TransferStore {
  const options = { client: s3.signingClient, bucket: s3.bucket };
  return new S3TransferStore({
    ...{ worker, bucket: new WorkerBucket(options), urls: new S3PresignedUrls(options) },
    now: () => clock.ms,
  });
}

let seed = 0;
/** Bytes that no other test has, and their name. */
function elements(length = 64) {
  seed += 1;
  const bytes = Uint8Array.from({ length }, (_, index) => (index * 7 + seed * 13) % 256);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

describe('elements on their way to a worker', () => {
  it('are put once, by exactly who was offered to, and read by nobody else’s name', async () => {
    const store = storeOf('alice');
    const { bytes, sha256 } = elements();
    const offered = await store.offerUpload('carol', { bytes: bytes.length, sha256 });
    expect(offered.upload).toBe(sha256);
    expect(await store.readUpload({ owner: 'carol', sha256 })).toBeUndefined();
    const put = () =>
      fetch(offered.url, { method: 'PUT', headers: { ...offered.headers }, body: bytes });
    expect((await put()).status).toBe(200);
    expect((await put()).status).toBe(412);
    expect(await store.readUpload({ owner: 'carol', sha256 })).toEqual(bytes);
    expect(await store.readUpload({ owner: 'dave', sha256 })).toBeUndefined();
    expect(await storeOf('bob').readUpload({ owner: 'carol', sha256 })).toBeUndefined();
  });

  it('are refused by S3 when they are others, or more, than was said', async () => {
    const store = storeOf('alice');
    const { bytes, sha256 } = elements();
    const { url, headers } = await store.offerUpload('carol', { bytes: bytes.length, sha256 });
    for (const body of [elements().bytes, elements(65).bytes]) {
      const { status } = await fetch(url, { method: 'PUT', headers: { ...headers }, body });
      expect([400, 403]).toContain(status);
    }
    expect(await store.readUpload({ owner: 'carol', sha256 })).toBeUndefined();
  });

  it('are not taken for what they are not, whoever put them', async () => {
    const { sha256 } = elements();
    await s3.put(`workers/alice/transfers/carol/${sha256}`, elements().bytes);
    expect(await storeOf('alice').readUpload({ owner: 'carol', sha256 })).toBeUndefined();
  });
});

describe('elements on their way from a worker', () => {
  it('are got by their URL, as often as it is offered', async () => {
    const store = storeOf('alice');
    const { bytes, sha256 } = elements(100_000);
    for (let count = 0; count < 2; count += 1) {
      const url = await store.offerDownload({ owner: 'carol', sha256 }, bytes);
      const got = await fetch(url);
      expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes);
    }
  });

  it('are put anew before S3 deletes what an earlier answer left', async () => {
    const store = storeOf('alice');
    const { bytes, sha256 } = elements();
    const url = await store.offerDownload({ owner: 'carol', sha256 }, bytes);
    const written = async () => (await fetch(url)).headers.get('last-modified');
    const before = await written();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await store.offerDownload({ owner: 'carol', sha256 }, bytes);
    expect(await written()).toBe(before);
    // Another store, whose clock is half a day ahead; its URLs would not be valid yet.
    clock.ms += 13 * 3_600_000;
    await store.offerDownload({ owner: 'carol', sha256 }, bytes);
    clock.ms -= 13 * 3_600_000;
    expect(await written()).not.toBe(before);
  });

  it('are fetched by another worker, and nothing else is', async () => {
    const { bytes, sha256 } = elements(1_000);
    const url = await storeOf('alice').offerDownload({ owner: 'carol', sha256 }, bytes);
    const bob = storeOf('bob');
    expect(await bob.fetch(url, 1_000)).toEqual(bytes);
    await expect(bob.fetch(url, 999)).rejects.toMatchObject({ code: 'fetch-failed' });
    const forged = url.replace(sha256, 'ab'.repeat(32));
    await expect(bob.fetch(forged, 1_000)).rejects.toMatchObject({ code: 'fetch-failed' });
    const elsewhere = url.replace('/transfers/', '/objects/');
    await expect(bob.fetch(elsewhere, 1_000)).rejects.toMatchObject({ code: 'url-not-allowed' });
  });
});
