import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One CORS rule of a bucket. */
export interface CorsRule {
  readonly id: string | undefined;
  /** Each with at most one `*`. */
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  /** Each with at most one `*`. */
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number | undefined;
}

/** One subscription of a queue to a bucket's events. */
export interface QueueNotification {
  readonly id: string;
  readonly queueArn: string;
  readonly events: readonly string[];
  /** Empty for any key. */
  readonly prefix: string;
  /** Empty for any key. */
  readonly suffix: string;
}

/** What a bucket is besides its objects. */
export interface BucketSettings {
  readonly createdMs: number;
  readonly cors: readonly CorsRule[];
  readonly notifications: readonly QueueNotification[];
}

const FILE = 'bucket.json';

/** Reads the settings kept in a bucket's folder. */
export function readSettings(folder: string): BucketSettings {
  return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as BucketSettings;
}

/** Keeps settings in a bucket's folder, replacing earlier ones in one step. */
export function writeSettings(folder: string, settings: BucketSettings): void {
  const path = join(folder, FILE);
  writeFileSync(`${path}.new`, JSON.stringify(settings));
  renameSync(`${path}.new`, path);
}
