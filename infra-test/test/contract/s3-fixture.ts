import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type ContractEndpoint, openEndpoint } from './endpoint.ts';

/** A bucket of its own for one test file. */
export interface S3Fixture {
  readonly target: ContractEndpoint;
  readonly client: S3Client;
  /** Adds no checksum nobody asked for, as one must for presigning. */
  readonly signingClient: S3Client;
  readonly bucket: string;
  put(key: string, body?: string | Uint8Array): Promise<{ etag: string }>;
  /** The object's text; undefined when there is none. */
  text(key: string): Promise<string | undefined>;
  /** A slot as the coordinator gives it: one PUT of these bytes to this key, once. */
  slotUrl(
    key: string,
    slot: { bytes: number; sha256: string },
    options?: SlotOptions,
  ): Promise<string>;
  close(): Promise<void>;
}

interface SlotOptions {
  readonly signingDate?: Date;
  /** In seconds. */
  readonly expiresIn?: number;
}

/** The headers a slot's URL binds. */
export function slotHeaders(body: Uint8Array, sha256: string): Record<string, string> {
  return {
    'content-length': String(body.length),
    'if-none-match': '*',
    'x-amz-checksum-sha256': sha256,
  };
}

export async function openS3(): Promise<S3Fixture> {
  const target = await openEndpoint();
  const common = { ...target.client, forcePathStyle: true, maxAttempts: 1 };
  const client = new S3Client(common);
  const signingClient = new S3Client({ ...common, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const bucket = `contract-${randomBytes(8).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    target,
    client,
    signingClient,
    bucket,
    async put(key, body = key) {
      // The SDK takes an empty string for a stream of unknown length.
      const Body = Buffer.from(body);
      const put = new PutObjectCommand({ Bucket: bucket, Key: key, Body });
      const { ETag = '' } = await client.send(put);
      return { etag: ETag };
    },
    async text(key) {
      try {
        const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await got.Body?.transformToString();
      } catch (error) {
        if ((await codeOf(Promise.reject(error))) === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    slotUrl(key, slot, options = {}) {
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        ContentLength: slot.bytes,
        ChecksumSHA256: slot.sha256,
        IfNoneMatch: '*',
      });
      const bound = new Set(['content-length', 'if-none-match', 'x-amz-checksum-sha256']);
      return getSignedUrl(signingClient, command, {
        expiresIn: 60,
        unhoistableHeaders: bound,
        signableHeaders: new Set([...bound, 'host']),
        ...options,
      });
    },
    async close() {
      await emptyBucket(client, bucket);
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      client.destroy();
      signingClient.destroy();
      await target.close();
    },
  };
}

/** The error code a call ends with; `none` when it succeeds. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    if (error instanceof S3ServiceException) return error.name;
    throw error;
  }
}

/** Code and status of an error document. */
export async function errorOf(response: Response): Promise<{ status: number; code: string }> {
  const [, code = 'none'] = /<Code>(\w+)<\/Code>/.exec(await response.text()) ?? [];
  return { status: response.status, code };
}

async function emptyBucket(client: S3Client, bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    if (Contents.length === 0) return;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  }
}
