import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DeploymentError, InvocationFailedError, TributaryError } from '@tributary/client/protocol';
import type { ListedObject } from '../../storage/object-store.ts';
import { putIf } from '../../storage/put-if.ts';
import { bodyOf, statusOf } from '../../storage/s3-answers.ts';

/** A file, or as much of it as was asked for. */
export interface FoundFile {
  readonly kind: 'found';
  readonly body: Uint8Array;
  /** Size of the whole file. */
  readonly bytes: number;
  readonly etag: string;
  /** By the store's clock; milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** `same`: what is there is what the asker knows. `absent`: nothing, or not what was pinned. */
export type GetOutcome = FoundFile | { readonly kind: 'same' } | { readonly kind: 'absent' };

/** What is asked of a file. */
export interface GetOptions {
  /** Only so many of its first bytes. @default all */
  readonly prefixBytes?: number | undefined;
  /** ETag of what the asker holds already. */
  readonly known?: string | undefined;
  /** ETag that the file must have. */
  readonly pinned?: string | undefined;
}

/** One page of a listing. */
export interface ListedPage {
  readonly files: readonly ListedObject[];
  readonly isLast: boolean;
}

export interface WorkerBucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

/**
 * The bucket, as workers use it.
 *
 * @throws {@link InvocationFailedError} `store-unreachable` from every method; {@link DeploymentError}
 * `store-refused` when the function may not do what it has to.
 */
export class WorkerBucket {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor({ client, bucket }: WorkerBucketOptions) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async get(key: string, { prefixBytes, known, pinned }: GetOptions = {}): Promise<GetOutcome> {
    const command = new GetObjectCommand({
      ...{ Bucket: this.#bucket, Key: key },
      ...(prefixBytes === undefined ? {} : { Range: `bytes=0-${prefixBytes - 1}` }),
      ...(known === undefined ? {} : { IfNoneMatch: known }),
      ...(pinned === undefined ? {} : { IfMatch: pinned }),
    });
    return await reach(key, async () => {
      let answer: GetObjectCommandOutput;
      try {
        answer = await this.#client.send(command);
      } catch (error) {
        return notFoundOf(error);
      }
      return {
        kind: 'found',
        body: await bodyOf(answer, key),
        bytes: sizeOf(answer),
        etag: answer.ETag ?? '',
        modifiedAt: answer.LastModified?.getTime() ?? 0,
      };
    });
  }

  /** Creates a file. @returns its ETag, or `undefined` if there is one. */
  putOnce(key: string, body: Uint8Array): Promise<string | undefined> {
    return this.#put({ Key: key, Body: body, IfNoneMatch: '*' });
  }

  /** Replaces the file of an ETag. @returns the new one's, or `undefined` if another is there, or none. */
  replace(key: string, etag: string, body: Uint8Array): Promise<string | undefined> {
    return this.#put({ Key: key, Body: body, IfMatch: etag });
  }

  /** Files under a prefix in the order of their keys, after one of them. */
  async list(
    prefix: string,
    { after, countMax }: { readonly after?: string | undefined; readonly countMax: number },
  ): Promise<ListedPage> {
    const command = new ListObjectsV2Command({
      ...{ Bucket: this.#bucket, Prefix: prefix, MaxKeys: countMax },
      ...(after === undefined ? {} : { StartAfter: after }),
    });
    const page = await reach(prefix, () => this.#client.send(command));
    const files = (page.Contents ?? []).map(({ Key, ETag, Size, LastModified }) => ({
      key: Key ?? '',
      etag: ETag ?? '',
      bytes: Size ?? 0,
      modifiedAt: LastModified?.getTime() ?? 0,
    }));
    return { files, isLast: page.IsTruncated !== true };
  }

  #put(input: Omit<Parameters<typeof putIf>[1], 'Bucket'>): Promise<string | undefined> {
    return reach(String(input.Key), () => putIf(this.#client, { Bucket: this.#bucket, ...input }));
  }
}

function notFoundOf(error: unknown): GetOutcome {
  const status = statusOf(error);
  if (status === 304) return { kind: 'same' };
  // 412: another file than the pinned one is there.
  if (status === 404 || status === 412) return { kind: 'absent' };
  throw error;
}

/** A part's answer says how large the whole is. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number {
  return Number(ContentRange?.split('/')[1] ?? ContentLength ?? 0);
}

async function reach<T>(what: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TributaryError) throw error;
    throw statusOf(error) === 403 ? refused(what, error) : unreachable(what, error);
  }
}

function refused(what: string, cause: unknown): DeploymentError {
  return new DeploymentError(
    `S3 refuses ${what} to the worker's function; check its role and the bucket's policy`,
    { code: 'store-refused', cause },
  );
}

function unreachable(what: string, cause: unknown): InvocationFailedError {
  return new InvocationFailedError(
    `S3 did not answer for ${what}; send the batch again, that is harmless`,
    { code: 'store-unreachable', cause },
  );
}
