import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { noSuchBucket } from './bucket-name.ts';
import { checkWriteCondition, noSuchKey, type WriteCondition } from './conditions.ts';
import { SortedKeys } from './sorted-keys.ts';
import { type StagedFile, stageFile } from './staged-file.ts';
import { encodeFooter, type ObjectRecord, readFooter, type StoredObject } from './stored-object.ts';
import type { VerifiedPayload } from './verified-payload.ts';

/** What a write adds to the bytes. */
export interface WriteOptions {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly condition: WriteCondition;
}

/**
 * The objects of one bucket: an index in memory over files on disk.
 *
 * A write is staged outside the index and takes effect in one synchronous step, where its condition is
 * checked; so of any number of concurrent conditional writes exactly one finds its condition met.
 */
export class Bucket {
  readonly #folder: string;
  readonly #objectFolder: string;
  readonly #stagingFolder: string;
  readonly #objects: Map<string, StoredObject>;
  readonly #keys: SortedKeys;
  #lastSequence = 0;
  #stagedCount = 0;
  #isRemoved = false;

  /** Opens the bucket in `folder`, with whatever an earlier process left there. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#objectFolder = join(folder, 'objects');
    this.#stagingFolder = join(folder, 'staging');
    mkdirSync(this.#objectFolder, { recursive: true });
    rmSync(this.#stagingFolder, { recursive: true, force: true });
    mkdirSync(this.#stagingFolder);
    this.#objects = loadObjects(this.#objectFolder);
    this.#keys = SortedKeys.from(this.#objects.keys());
    for (const { sequencer } of this.#objects.values()) {
      this.#lastSequence = Math.max(this.#lastSequence, Number.parseInt(sequencer, 16));
    }
  }

  /** Keys in listing order. */
  get keys(): SortedKeys {
    return this.#keys;
  }

  find(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  pathOf(object: StoredObject): string {
    return join(this.#objectFolder, object.sequencer);
  }

  /**
   * Stores an object; nothing of it is visible before the promise resolves, or ever if it rejects.
   *
   * @throws AwsError when the payload is not as claimed or the condition does not hold.
   */
  async write(payload: VerifiedPayload, options: WriteOptions): Promise<StoredObject> {
    checkWriteCondition(options.condition, this.find(options.key), options.key);
    this.#stagedCount += 1;
    const staged = stageFile(join(this.#stagingFolder, String(this.#stagedCount)));
    try {
      for await (const chunk of payload.chunks()) {
        await staged.append(chunk);
      }
      const { bytes, md5, checksum } = payload.finish();
      const { key, headers } = options;
      const record = { key, bytes, etag: md5, lastModifiedMs: Date.now(), headers, checksum };
      await staged.finish(encodeFooter(record));
      return this.#commit(staged, record, options.condition);
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
    rmSync(this.pathOf(current), { force: true });
    this.#objects.delete(key);
    this.#keys.remove(key);
    return true;
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

  /** Removes the bucket and all it holds; writes still under way fail with `NoSuchBucket`. */
  destroy(): void {
    this.#isRemoved = true;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Synchronous from the check to the index, so that no other write can come between. */
  #commit(staged: StagedFile, record: ObjectRecord, condition: WriteCondition): StoredObject {
    if (this.#isRemoved) {
      throw noSuchBucket(basename(this.#folder));
    }
    const previous = this.find(record.key);
    checkWriteCondition(condition, previous, record.key);
    const object = { ...record, sequencer: this.#nextSequencer() };
    renameSync(staged.path, this.pathOf(object));
    this.#objects.set(record.key, object);
    if (previous === undefined) {
      this.#keys.add(record.key);
    } else {
      rmSync(this.pathOf(previous), { force: true });
    }
    return object;
  }

  #nextSequencer(): string {
    this.#lastSequence = Math.max(this.#lastSequence + 1, Date.now() * 1000);
    return this.#lastSequence.toString(16).toUpperCase().padStart(16, '0');
  }
}

/** Reads all object files; of two for one key, left by a crash amid a replacement, the later counts. */
function loadObjects(folder: string): Map<string, StoredObject> {
  const objects = new Map<string, StoredObject>();
  for (const file of readdirSync(folder).sort()) {
    const record = readFooter(join(folder, file));
    if (record === undefined) {
      continue;
    }
    const earlier = objects.get(record.key);
    if (earlier !== undefined) {
      rmSync(join(folder, earlier.sequencer));
    }
    objects.set(record.key, { ...record, sequencer: file });
  }
  return objects;
}
