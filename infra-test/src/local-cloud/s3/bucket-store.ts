import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AwsError } from '../aws-error.ts';
import { Bucket } from './bucket.ts';
import { checkBucketName, noSuchBucket } from './bucket-name.ts';
import { type BucketSettings, readSettings, writeSettings } from './bucket-settings.ts';

/** A bucket by name, with its settings. */
export interface BucketEntry {
  readonly name: string;
  readonly objects: Bucket;
  readonly settings: BucketSettings;
}

/** All buckets, kept in one folder each. */
export interface BucketStore {
  /** In order of name. */
  list(): readonly BucketEntry[];
  find(name: string): BucketEntry | undefined;
  /** @throws {@link AwsError} `NoSuchBucket`. */
  require(name: string): BucketEntry;
  /** @throws {@link AwsError} `InvalidBucketName`. */
  create(name: string): void;
  /** @throws {@link AwsError} `NoSuchBucket` or `BucketNotEmpty`. */
  remove(name: string): void;
  changeSettings(name: string, change: Partial<BucketSettings>): void;
  /** Closes every bucket's files. */
  close(): void;
}

/** Opens the buckets in `folder`, with whatever an earlier process left there. */
export function openBucketStore(folder: string): BucketStore {
  mkdirSync(folder, { recursive: true });
  const entries = loadEntries(folder);
  const requireEntry = (name: string): BucketEntry => {
    const entry = entries.get(name);
    if (entry === undefined) {
      throw noSuchBucket(name);
    }
    return entry;
  };
  return {
    list: () => [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    find: (name) => entries.get(name),
    require: requireEntry,
    create(name) {
      checkBucketName(name);
      const objects = new Bucket(join(folder, name));
      const settings = { createdMs: Date.now(), cors: [], notifications: [] };
      writeSettings(join(folder, name), settings);
      entries.set(name, { name, objects, settings });
    },
    remove(name) {
      const { objects } = requireEntry(name);
      if (objects.keys.size > 0) {
        throw new AwsError('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
          details: { BucketName: name },
        });
      }
      entries.delete(name);
      objects.destroy();
    },
    changeSettings(name, change) {
      const entry = requireEntry(name);
      const settings = { ...entry.settings, ...change };
      writeSettings(join(folder, name), settings);
      entries.set(name, { ...entry, settings });
    },
    close() {
      for (const { objects } of entries.values()) {
        objects.close();
      }
    },
  };
}

/** A folder without settings is a bucket whose creation was cut short; it never existed. */
function loadEntries(folder: string): Map<string, BucketEntry> {
  const entries = new Map<string, BucketEntry>();
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (existsSync(join(path, 'bucket.json'))) {
      entries.set(name, { name, objects: new Bucket(path), settings: readSettings(path) });
    } else {
      rmSync(path, { recursive: true });
    }
  }
  return entries;
}
