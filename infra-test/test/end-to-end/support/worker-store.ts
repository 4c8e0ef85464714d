import { S3Client } from '@aws-sdk/client-s3';
import { sha256Hex } from '../../../../lambdas/src/storage/sha256.ts';
import { FileCache } from '../../../../lambdas/src/worker/store/file-cache.ts';
import { S3WorkerStore } from '../../../../lambdas/src/worker/store/s3-worker-store.ts';
import { WorkerBucket } from '../../../../lambdas/src/worker/store/worker-bucket.ts';
import type { LambdaWorld } from './lambda-world.ts';

/** What a worker holds, in order, as whoever owns the bucket sees it. */
export interface HeldObject {
  readonly owner: string;
  readonly id: string;
  readonly digest: string;
  readonly tags: readonly string[];
  readonly shape: readonly number[];
  /** SHA-256 of the elements. */
  readonly sha256: string;
}

/** Everything that a worker of the world holds. */
export async function heldBy(
  { client: target, bucket }: LambdaWorld,
  worker: string,
): Promise<HeldObject[]> {
  const client = new S3Client({ ...target, forcePathStyle: true });
  const store = new S3WorkerStore({
    bucket: new WorkerBucket({ client, bucket }),
    ...{ worker, cache: new FileCache(0), now: Date.now },
  });
  const held: HeldObject[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor });
    for (const { name, header } of page.objects) {
      const { digest, tags, shape } = header;
      const found = await store.read(name);
      const sha256 = found.kind === 'found' ? sha256Hex(found.bytes) : found.kind;
      held.push({ ...name, digest, tags, shape, sha256 });
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  client.destroy();
  return held;
}
