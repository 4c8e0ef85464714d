import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
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
import { putIf } from './put-if.ts';
import { absentAsUndefined, bodyOf } from './s3-answers.ts';
import { sha256HexFromBase64 } from './sha256.ts';

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
    const etag = await putIf(this.#client, {
      ...{ Bucket: this.#bucket, Key: key },
      ...{ Body: body, IfNoneMatch: '*' },
    });
    return etag === undefined ? { kind: 'exists' } : { kind: 'stored' };
  }

  async replace(
    pin: { readonly key: string; readonly etag: string },
    body: Uint8Array,
  ): Promise<ReplaceOutcome> {
    const etag = await putIf(this.#client, {
      ...{ Bucket: this.#bucket, Key: pin.key },
      ...{ Body: body, IfMatch: pin.etag },
    });
    return etag === undefined ? { kind: 'changed' } : { kind: 'replaced' };
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
}
