import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { noSuchBucket } from './bucket-name.ts';
import { compactLog } from './compact-log.ts';
import { checkWriteCondition, noSuchKey, type WriteCondition } from './conditions.ts';
import { ObjectLog, toStoredObject } from './object-log.ts';
import { SortedKeys } from './sorted-keys.ts';
import { stageBody } from './staged-body.ts';
import type { StoredObject } from './stored-object.ts';
import type { PayloadDigests, VerifiedPayload } from './verified-payload.ts';

/** Name of the log in the bucket's folder. */
const LOG = 'objects.log';

/** What a write adds to the bytes. */
export interface WriteOptions {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly condition: WriteCondition;
}

/** A body that is complete but not yet an object. */
interface CompleteBody extends PayloadDigests {
  /** The bytes; undefined when they are in the staged file. */
  readonly parts: readonly Buffer[] | undefined;
  readonly stagedPath: string;
}

/**
 * The objects of one bucket: an index in memory over a log and files on disk.
 *
 * A body is staged outside the index and becomes the object in one synchronous step, where the write's
 * condition is checked; so of any number of concurrent conditional writes exactly one finds it met.
 */
export class Bucket {
  readonly #folder: string;
  readonly #log: ObjectLog;
  readonly #objects: Map<string, StoredObject> = new Map();
  readonly #keys: SortedKeys;
  #lastSequence = 0;
  #stagedCount = 0;
  #isDestroyed = false;

  /** Opens the bucket in `folder`, with whatever an earlier process left there. */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(this.#path('objects'), { recursive: true });
    rmSync(this.#path('staging'), { recursive: true, force: true });
    mkdirSync(this.#path('staging'));
    this.#log = this.#openLog();
    this.#keys = SortedKeys.from(this.#objects.keys());
    this.#removeOrphans();
  }

  /** Keys in listing order. */
  get keys(): SortedKeys {
    return this.#keys;
  }

  find(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /**
   * The object at a key.
   *
   * @throws AwsError `NoSuchKey`.
   */
  require(key: string): StoredObject {
    const object = this.find(key);
    if (object === undefined) {
      throw noSuchKey(key);
    }
    return object;
  }

  /** Where to read an object's bytes: a file, and their offset in it. */
  source({ location }: StoredObject): { readonly path: string; readonly offset: number } {
    return location.kind === 'log'
      ? { path: this.#path(LOG), offset: location.position }
      : { path: this.#path('objects', location.name), offset: 0 };
  }

  /**
   * Stores an object; nothing of it is visible before the promise resolves, or ever if it rejects.
   *
   * @throws AwsError when the payload is not as claimed or the condition does not hold.
   */
  async write(payload: VerifiedPayload, options: WriteOptions): Promise<StoredObject> {
    checkWriteCondition(options.condition, this.find(options.key), options.key);
    this.#stagedCount += 1;
    const stagedPath = this.#path('staging', String(this.#stagedCount));
    const staged = stageBody(stagedPath);
    try {
      for await (const chunk of payload.chunks()) {
        await staged.append(chunk);
      }
      const digests = payload.finish();
      const parts = await staged.finish();
      return this.#commit({ ...digests, parts, stagedPath }, options);
    } catch (error) {
      await staged.discard();
      throw error;
    }
  }

  /**
   * Removes an object.
   *
   * @returns false when there was none.
   * @throws AwsError when the condition does not hold.
   */
  remove(key: string, condition: WriteCondition): boolean {
    const current = this.find(key);
    checkWriteCondition(condition, current, key);
    if (current === undefined) {
      return false;
    }
    this.#log.append({ kind: 'remove', key });
    this.#objects.delete(key);
    this.#keys.remove(key);
    this.#removeFile(current);
    return true;
  }

  /** Closes the log; the objects stay on disk. */
  close(): void {
    this.#isDestroyed = true;
    this.#log.close();
  }

  /** Removes the bucket and all it holds; writes still under way fail with `NoSuchBucket`. */
  destroy(): void {
    this.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Synchronous from the check to the index, so that no other write can come between. */
  #commit(body: CompleteBody, options: WriteOptions): StoredObject {
    if (this.#isDestroyed) {
      throw noSuchBucket(basename(this.#folder));
    }
    const { key, headers, condition } = options;
    const previous = this.find(key);
    checkWriteCondition(condition, previous, key);
    const { bytes, md5: etag, checksum } = body;
    const sequencer = this.#nextSequencer();
    const record = { key, bytes, etag, lastModifiedMs: Date.now(), sequencer, headers, checksum };
    const file = body.parts === undefined ? sequencer : undefined;
    if (file !== undefined) {
      renameSync(body.stagedPath, this.#path('objects', file));
    }
    const entry = { kind: 'put', record, file } as const;
    const object = toStoredObject(entry, this.#log.append(entry, body.parts));
    this.#objects.set(key, object);
    if (previous === undefined) {
      this.#keys.add(key);
    } else {
      this.#removeFile(previous);
    }
    return object;
  }

  #nextSequencer(): string {
    this.#lastSequence = Math.max(this.#lastSequence + 1, Date.now() * 1000);
    return this.#lastSequence.toString(16).toUpperCase().padStart(16, '0');
  }

  #openLog(): ObjectLog {
    const path = this.#path(LOG);
    compactLog(path);
    return new ObjectLog(path, ({ entry, position }) => {
      if (entry.kind === 'remove') {
        this.#objects.delete(entry.key);
      } else {
        const object = toStoredObject(entry, position);
        this.#objects.set(object.key, object);
        this.#lastSequence = Number.parseInt(object.sequencer, 16);
      }
    });
  }

  #removeFile({ location }: StoredObject): void {
    if (location.kind === 'file') {
      rmSync(this.#path('objects', location.name), { force: true });
    }
  }

  /** A crash between a rename and its log entry, or after a replacement's, leaves a file nobody names. */
  #removeOrphans(): void {
    const named = new Set<string>();
    for (const { location } of this.#objects.values()) {
      if (location.kind === 'file') {
        named.add(location.name);
      }
    }
    for (const name of readdirSync(this.#path('objects'))) {
      if (!named.has(name)) {
        rmSync(this.#path('objects', name));
      }
    }
  }

  #path(...parts: string[]): string {
    return join(this.#folder, ...parts);
  }
}
