import type {
  Absent,
  CreateOutcome,
  HeadOutcome,
  ListRequest,
  ObjectPage,
  ReadOutcome,
  StoredObject,
  WorkerStore,
} from '@tributary/client/execution';
import {
  encodeObjectFile,
  InvocationFailedError,
  LIST_PAGE_MAX,
  type ObjectHeader,
  type ObjectName,
  parseWorkerObjectKey,
  TOMBSTONE_BYTES_MAX,
  workerObjectKey,
  workerObjectsPrefix,
  workerPlanKey,
} from '@tributary/client/protocol';
import { mapConcurrently } from '../../steps/map-concurrently.ts';
import type { FileCache } from './file-cache.ts';
import { encodeTombstone, getHeader, type Held, heldOf, isHalfOver } from './stored-record.ts';
import type { WorkerBucket } from './worker-bucket.ts';

/** Headers of one page that are read at the same time: a page takes about a second then. */
const HEADERS_IN_FLIGHT = 32;

/** Requests for one page at most, for there may be any number of tombstones; what is left is the next page's. */
const LOOKS_PER_PAGE_MAX = 20;

/** Attempts of a change that others keep overtaking; each of theirs came through. */
const ATTEMPTS_MAX = 16;

/** What an {@link S3WorkerStore} works with. */
export interface S3WorkerStoreOptions {
  readonly bucket: WorkerBucket;
  /** The worker's id. */
  readonly worker: string;
  readonly cache: FileCache;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A worker's objects in S3, one file each; any number of functions at the same time. */
export class S3WorkerStore implements WorkerStore {
  readonly #bucket: WorkerBucket;
  readonly #worker: string;
  readonly #cache: FileCache;
  readonly #now: () => number;

  constructor({ bucket, worker, cache, now }: S3WorkerStoreOptions) {
    this.#bucket = bucket;
    this.#worker = worker;
    this.#cache = cache;
    this.#now = now;
  }

  async create(name: ObjectName, { header, bytes }: StoredObject): Promise<CreateOutcome> {
    const key = this.#keyOf(name);
    const file = encodeObjectFile(header, bytes);
    // The file's own bytes, which the caller can't change any more.
    const stored = { header, bytes: file.subarray(file.length - bytes.length) };
    return await persist(key, async () => {
      const made = await this.#bucket.putOnce(key, file);
      if (made !== undefined) return this.#created(key, made, stored);
      const there = await this.#held(key);
      if (there?.kind === 'object') return there.header.digest === header.digest ? 'same' : 'taken';
      if (there?.kind === 'deleted') return outcomeOver(there.tombstone.digest, header.digest);
      if (there === undefined) return undefined;
      const replaced = await this.#bucket.replace(key, there.file.etag, file);
      return replaced === undefined ? undefined : this.#created(key, replaced, stored);
    });
  }

  async head(name: ObjectName): Promise<HeadOutcome> {
    const key = this.#keyOf(name);
    const cached = this.#fresh(key);
    const got = await getHeader(this.#bucket, key, cached?.etag);
    if (got.kind === 'same' && cached !== undefined) {
      const { header, etag: version, renewedAt } = cached;
      return { kind: 'found', header, version, renewedAt };
    }
    if (got.kind !== 'found') return { kind: 'missing' };
    const held = heldOf(got, this.#now());
    if (!isObject(held)) return absent(held);
    const { header, file } = held;
    return { kind: 'found', header, version: file.etag, renewedAt: file.modifiedAt };
  }

  async read(name: ObjectName): Promise<ReadOutcome> {
    const key = this.#keyOf(name);
    const cached = this.#fresh(key);
    const got = await this.#bucket.get(key, { known: cached?.etag });
    if (got.kind === 'same' && cached !== undefined) {
      const { etag: version, ...object } = cached;
      return { kind: 'found', version, ...object };
    }
    this.#cache.delete(key);
    if (got.kind !== 'found') return { kind: 'missing' };
    const held = heldOf(got, this.#now());
    if (!isObject(held)) return absent(held);
    const { etag, modifiedAt: renewedAt, body } = got;
    const object = { header: held.header, bytes: body.subarray(held.dataOffset), renewedAt };
    this.#cache.set(key, { etag, ...object });
    return { kind: 'found', version: etag, ...object };
  }

  async replaceHeader(
    name: ObjectName,
    { header, version }: { readonly header: ObjectHeader; readonly version: string },
  ): Promise<boolean> {
    const key = this.#keyOf(name);
    const got = await this.#bucket.get(key, { pinned: version });
    if (got.kind !== 'found') return false;
    const held = heldOf(got, this.#now());
    if (!isObject(held)) return false;
    const file = encodeObjectFile(header, got.body.subarray(held.dataOffset));
    return (await this.#bucket.replace(key, version, file)) !== undefined;
  }

  async delete(name: ObjectName): Promise<void> {
    const key = this.#keyOf(name);
    this.#cache.delete(key);
    await persist(key, async () => {
      const there = await this.#held(key);
      if (there?.kind === 'deleted') return true;
      const digest = there?.kind === 'object' ? there.header.digest : null;
      const tombstone = encodeTombstone(digest, this.#now());
      const written =
        there === undefined
          ? await this.#bucket.putOnce(key, tombstone)
          : await this.#bucket.replace(key, there.file.etag, tombstone);
      return written === undefined ? undefined : true;
    });
  }

  async renew(name: ObjectName): Promise<void> {
    const key = this.#keyOf(name);
    const got = await this.#bucket.get(key);
    if (got.kind !== 'found' || !isObject(heldOf(got, this.#now()))) return;
    this.#cache.delete(key);
    // Whoever overtakes this has used the object too.
    await this.#bucket.replace(key, got.etag, got.body);
  }

  async list({ owner, cursor }: ListRequest): Promise<ObjectPage> {
    const after = cursor === undefined ? undefined : workerObjectsPrefix(this.#worker) + cursor;
    const { keys, last } = await this.#livingKeys(workerObjectsPrefix(this.#worker, owner), after);
    const entries = await mapConcurrently(keys, HEADERS_IN_FLIGHT, (key) => this.#entry(key));
    const next = last?.slice(workerObjectsPrefix(this.#worker).length);
    return {
      objects: entries.filter((entry) => entry !== undefined),
      ...(next === undefined ? {} : { cursor: next }),
    };
  }

  /**
   * Keys of the next objects, passing over tombstones, which outnumber them where much is deleted.
   *
   * @returns At most {@link LIST_PAGE_MAX} keys, and the last one looked at unless that was the end.
   */
  async #livingKeys(
    prefix: string,
    begin: string | undefined,
  ): Promise<{ readonly keys: readonly string[]; readonly last: string | undefined }> {
    const keys: string[] = [];
    let after = begin;
    for (let looks = 0; looks < LOOKS_PER_PAGE_MAX; looks += 1) {
      const page = await this.#bucket.list(prefix, { after, countMax: LIST_PAGE_MAX });
      const living = page.files.filter(({ bytes }) => bytes > TOMBSTONE_BYTES_MAX);
      const taken = living.slice(0, LIST_PAGE_MAX - keys.length).map(({ key }) => key);
      keys.push(...taken);
      if (taken.length < living.length) return { keys, last: taken.at(-1) ?? after };
      if (page.isLast) return { keys, last: undefined };
      after = page.files.at(-1)?.key ?? after;
    }
    return { keys, last: after };
  }

  async createPlan(digest: string, bytes: Uint8Array): Promise<void> {
    await this.#bucket.putOnce(workerPlanKey(this.#worker, digest), bytes);
  }

  async readPlan(digest: string): Promise<Uint8Array | undefined> {
    const key = workerPlanKey(this.#worker, digest);
    const got = await this.#bucket.get(key);
    if (got.kind !== 'found') return undefined;
    if (isHalfOver(got.modifiedAt, this.#now())) {
      await this.#bucket.replace(key, got.etag, got.body);
    }
    return got.body;
  }

  /** An object that was listed; `undefined` if it has gone since. */
  async #entry(key: string): Promise<ObjectPage['objects'][number] | undefined> {
    const name = parseWorkerObjectKey(key);
    if (name === undefined) return undefined;
    const { owner, id } = name;
    const found = await this.head({ owner, id });
    return found.kind === 'found' ? { name: { owner, id }, header: found.header } : undefined;
  }

  async #held(key: string): Promise<Held | undefined> {
    const got = await getHeader(this.#bucket, key, undefined);
    return got.kind === 'found' ? heldOf(got, this.#now()) : undefined;
  }

  /** What this process holds of an object, unless its lease may have been renewed by another one. */
  #fresh(key: string): ReturnType<FileCache['get']> {
    const cached = this.#cache.get(key);
    return cached !== undefined && isHalfOver(cached.renewedAt, this.#now()) ? undefined : cached;
  }

  #created(key: string, etag: string, object: StoredObject): CreateOutcome {
    // S3 counts whole seconds.
    const renewedAt = Math.floor(this.#now() / 1_000) * 1_000;
    this.#cache.set(key, { ...object, etag, renewedAt });
    return 'created';
  }

  #keyOf({ owner, id }: ObjectName): string {
    return workerObjectKey({ worker: this.#worker, owner, id });
  }
}

type HeldObject = Extract<Held, { readonly header: ObjectHeader }>;

function isObject(held: Held): held is HeldObject {
  return held.kind === 'object';
}

function absent(held: Held): Absent {
  return held.kind === 'deleted'
    ? { kind: 'deleted', digest: held.tombstone.digest }
    : { kind: 'missing' };
}

function outcomeOver(buried: string | null, digest: string): CreateOutcome {
  return buried === null || buried === digest ? 'deleted' : 'taken';
}

/** Tries a change until it is neither overtaken nor lost. */
async function persist<T>(key: string, change: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const outcome = await change();
    if (outcome !== undefined) return outcome;
  }
  throw new InvocationFailedError(
    `Others changed ${key} ${ATTEMPTS_MAX} times meanwhile; send the batch again, which is harmless`,
    { code: 'write-overtaken' },
  );
}
