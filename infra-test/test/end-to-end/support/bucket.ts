import { createHash } from 'node:crypto';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { World } from './world.ts';

/** The federation's bucket as whoever owns it sees it, past the coordinator. */
export interface OwnedBucket {
  /** Every key under some prefixes. */
  keys(...prefixes: readonly string[]): Promise<string[]>;
  /** An object's bytes. */
  get(key: string): Promise<Uint8Array>;
  /** Stores an object; with its SHA-256 unless told otherwise. */
  put(key: string, body: Uint8Array, options?: { readonly isChecksummed?: boolean }): Promise<void>;
  close(): void;
}

export function openBucket({ client, deployed }: World): OwnedBucket {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const Bucket = deployed.bucket;
  return {
    async keys(...prefixes) {
      const pages = await Promise.all(
        prefixes.map((Prefix) => s3.send(new ListObjectsV2Command({ Bucket, Prefix }))),
      );
      return pages.flatMap(({ Contents = [] }) => Contents.flatMap(({ Key = [] }) => Key));
    },
    async get(Key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToByteArray()) ?? new Uint8Array(0);
    },
    async put(Key, Body, { isChecksummed = true } = {}) {
      const sha256 = createHash('sha256').update(Body).digest('base64');
      const checksum = isChecksummed ? { ChecksumSHA256: sha256 } : {};
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...checksum }));
    },
    close: () => s3.destroy(),
  };
}

/** Every prefix under which a model has objects. */
export function prefixesOf(model: string): string[] {
  return [`models/${model}/`, `rounds/${model}/`, `updates/0/${model}/`, `partials/0/${model}/`];
}
