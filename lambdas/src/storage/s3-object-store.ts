import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { InvocationFailedError } from '@tributary/client/protocol';
import type {
  ByteRange,
  ListedObject,
  ObjectFacts,
  ObjectPin,
  ObjectStore,
  PutOutcome,
  ReplaceOutcome,
  StoredObject,
} from './object-store.ts';
import { sha256, sha256HexFromBase64 } from './sha256.ts';

/**
 * Attempts of one conditional write that meets 409 (a concurrent write is being decided). AWS: try
 * again; 8 attempts with doubling waits span about five seconds.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const CONFLICT_ATTEMPTS_MAX = 8;
const CONFLICT_WAIT_MS = 20;

/** Makes the S3 client every function uses; endpoint, region and credentials come from the environment. */
export function createS3Client(): S3Client {
  return new S3Client({
    // A path-style URL works on AWS and on every compatible endpoint.
    forcePathStyle: true,
    // The checksums that matter are given explicitly; anything else would be signed into URLs too.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 5,
  });
}

export interface S3ObjectStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

/** {@link ObjectStore} on S3. */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(options: S3ObjectStoreOptions) {
    this.#client = options.client;
    this.#bucket = options.bucket;
  }

  async get(key: string): Promise<StoredObject | undefined> {
    const answer = await absentAsUndefined(
      this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key })),
    );
    if (answer === undefined) return undefined;
    return { body: await bodyOf(answer, key), etag: answer.ETag ?? '' };
  }

  async getRange(pin: ObjectPin, { begin, end }: ByteRange): Promise<Uint8Array | undefined> {
    if (begin >= Math.min(end, pin.bytes)) return new Uint8Array(0);
    const answer = await absentAsUndefined(
      this.#client.send(
        new GetObjectCommand({
          Bucket: this.#bucket,
          Key: pin.key,
          Range: `bytes=${begin}-${Math.min(end, pin.bytes) - 1}`,
          IfMatch: pin.etag,
        }),
      ),
    );
    return answer === undefined ? undefined : bodyOf(answer, pin.key);
  }

  async head(key: string): Promise<ObjectFacts | undefined> {
    const answer = await absentAsUndefined(
      this.#client.send(
        new HeadObjectCommand({ Bucket: this.#bucket, Key: key, ChecksumMode: 'ENABLED' }),
      ),
    );
    if (answer === undefined) return undefined;
    return {
      etag: answer.ETag ?? '',
      bytes: answer.ContentLength ?? 0,
      modifiedAt: answer.LastModified?.getTime() ?? 0,
      sha256:
        answer.ChecksumSHA256 === undefined
          ? undefined
          : sha256HexFromBase64(answer.ChecksumSHA256),
    };
  }

  async putOnce(key: string, body: Uint8Array): Promise<PutOutcome> {
    const won = await this.#putIf({ Key: key, Body: body, IfNoneMatch: '*' });
    return won ? { kind: 'stored' } : { kind: 'exists' };
  }

  async replace(
    pin: { readonly key: string; readonly etag: string },
    body: Uint8Array,
  ): Promise<ReplaceOutcome> {
    const won = await this.#putIf({ Key: pin.key, Body: body, IfMatch: pin.etag });
    return won ? { kind: 'replaced' } : { kind: 'changed' };
  }

  async *list(prefix: string): AsyncIterable<ListedObject> {
    for await (const page of this.#pages({ Prefix: prefix })) {
      for (const { Key, ETag, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue;
        const modifiedAt = LastModified?.getTime() ?? 0;
        yield { key: Key, etag: ETag ?? '', bytes: Size ?? 0, modifiedAt };
      }
    }
  }

  async *listSegments(prefix: string): AsyncIterable<string> {
    for await (const page of this.#pages({ Prefix: prefix, Delimiter: '/' })) {
      for (const { Prefix } of page.CommonPrefixes ?? []) {
        if (Prefix !== undefined) yield Prefix.slice(prefix.length, -1);
      }
    }
  }

  async *#pages(query: { Prefix: string; Delimiter?: string }) {
    let token: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#bucket,
          ...query,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      yield page;
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** True if the write was made, false if its condition failed. */
  async #putIf(
    input: Pick<PutObjectCommandInput, 'Key' | 'IfMatch' | 'IfNoneMatch'> & { Body: Uint8Array },
  ): Promise<boolean> {
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      ...input,
      ChecksumSHA256: sha256(input.Body).toString('base64'),
    });
    for (let attempt = 0; attempt < CONFLICT_ATTEMPTS_MAX; attempt += 1) {
      const outcome = await this.#client.send(command).then(
        () => 'stored' as const,
        (error: unknown) => conditionOf(error),
      );
      if (outcome !== 'conflict') return outcome === 'stored';
      await new Promise((resolve) =>
        setTimeout(resolve, CONFLICT_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2)),
      );
    }
    throw new InvocationFailedError(
      `Writing ${input.Key} met ${CONFLICT_ATTEMPTS_MAX} conflicts (409) in a row; the step will be tried again`,
      { code: 'write-conflict' },
    );
  }
}

/** Reads a failed conditional write: 412 and 404 mean the condition failed, 409 that nothing was decided. */
function conditionOf(error: unknown): 'failed' | 'conflict' {
  const status = statusOf(error);
  // An If-Match on an absent key answers 404: the object that was pinned is gone.
  if (status === 412 || status === 404) return 'failed';
  if (status === 409) return 'conflict';
  throw error;
}

async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const status = statusOf(error);
    // 412: the key now holds another object than the one that was pinned.
    if (status === 412 || status === 404) return undefined;
    throw error;
  }
}

/** HTTP status of S3's answer; none for a missing bucket, which says nothing about an object. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return undefined;
  return error.$metadata.httpStatusCode;
}

async function bodyOf(
  answer: Pick<GetObjectCommandOutput, 'Body' | 'ContentLength'>,
  key: string,
): Promise<Uint8Array> {
  const body = await answer.Body?.transformToByteArray();
  if (body !== undefined && (answer.ContentLength ?? body.length) === body.length) return body;
  throw new InvocationFailedError(
    `Reading ${key} ended after ${body?.length ?? 0} bytes, expected ${answer.ContentLength}; the step will be tried again`,
    { code: 'read-truncated' },
  );
}
