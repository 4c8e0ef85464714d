import type { TransferName, TransferStore } from '@tributary/client/execution';
import {
  type UploadAttributes,
  type UploadValue,
  workerTransferKey,
} from '@tributary/client/protocol';
import type { PresignedUrls } from '../../storage/presigned-urls.ts';
import { sha256Hex } from '../../storage/sha256.ts';
import type { WorkerBucket } from '../store/worker-bucket.ts';
import { fetchOffered } from './fetch-offered.ts';

/**
 * Age from which elements that wait to be fetched are put anew, in milliseconds: the bucket deletes
 * them after a day, and a URL to them has to work for its whole life.
 */
const RENEWED_AFTER_MS: number = 12 * 3600 * 1_000;

/** What an {@link S3TransferStore} works with. */
export interface S3TransferStoreOptions {
  readonly bucket: WorkerBucket;
  readonly urls: PresignedUrls;
  /** The worker's id. */
  readonly worker: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Large elements by way of S3: named by their SHA-256, which S3 itself holds them against. */
export class S3TransferStore implements TransferStore {
  readonly #bucket: WorkerBucket;
  readonly #urls: PresignedUrls;
  readonly #worker: string;
  readonly #now: () => number;

  constructor({ bucket, urls, worker, now }: S3TransferStoreOptions) {
    this.#bucket = bucket;
    this.#urls = urls;
    this.#worker = worker;
    this.#now = now;
  }

  async offerUpload(owner: string, { bytes, sha256 }: UploadAttributes): Promise<UploadValue> {
    const key = this.#keyOf({ owner, sha256 });
    const { url, headers } = await this.#urls.slot({ key, bytes, sha256, now: this.#now() });
    return { upload: sha256, url, headers };
  }

  async readUpload(name: TransferName): Promise<Uint8Array | undefined> {
    const got = await this.#bucket.get(this.#keyOf(name));
    // S3 held them against the SHA-256 when they came; whoever may write past that could be mistaken.
    return got.kind === 'found' && sha256Hex(got.body) === name.sha256 ? got.body : undefined;
  }

  async offerDownload(name: TransferName, bytes: Uint8Array): Promise<string> {
    const key = this.#keyOf(name);
    const there = await this.#bucket.get(key, { prefixBytes: 1 });
    if (there.kind !== 'found') await this.#bucket.putOnce(key, bytes);
    else if (this.#now() - there.modifiedAt > RENEWED_AFTER_MS) {
      await this.#bucket.replace(key, there.etag, bytes);
    }
    return await this.#urls.download(key, this.#now());
  }

  async fetch(url: string, byteCount: number): Promise<Uint8Array> {
    // What a URL of the own bucket begins with, whatever its endpoint is.
    const own = await this.#urls.download('workers/', this.#now());
    return await fetchOffered(url, { ownUrl: own, byteCount });
  }

  #keyOf({ owner, sha256 }: TransferName): string {
    return workerTransferKey({ worker: this.#worker, owner, sha256 });
  }
}
