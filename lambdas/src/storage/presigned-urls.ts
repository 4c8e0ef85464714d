import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DOWNLOAD_SECONDS, SLOT_SECONDS, type Slot } from '@tributary/client/protocol';
import { sha256Base64FromHex } from './sha256.ts';

/**
 * Headers a slot's upload is bound by. Signed as headers: in the query, where the presigner would put
 * them, S3 doesn't enforce them. The algorithm is there for S3-compatible stores that verify only then.
 */
const BOUND_HEADERS = [
  'content-length',
  'if-none-match',
  'x-amz-checksum-sha256',
  'x-amz-sdk-checksum-algorithm',
];

/** The one upload that a slot allows. */
export interface Upload {
  readonly key: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Leave for a stranger to do one thing with one object, for minutes. */
export interface PresignedUrls {
  /** URL to GET a key, for DOWNLOAD_SECONDS. */
  download(key: string, now: number): Promise<string>;
  /** URL and headers to PUT exactly these bytes where nothing is yet, for SLOT_SECONDS. */
  slot(upload: Upload): Promise<Slot>;
}

export interface S3PresignedUrlsOptions {
  readonly client: S3Client;
  readonly bucket: string;
}

/** {@link PresignedUrls} of S3; signing is local, no request is made. */
export class S3PresignedUrls implements PresignedUrls {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(options: S3PresignedUrlsOptions) {
    this.#client = options.client;
    this.#bucket = options.bucket;
  }

  download(key: string, now: number): Promise<string> {
    return getSignedUrl(this.#client, new GetObjectCommand({ Bucket: this.#bucket, Key: key }), {
      expiresIn: DOWNLOAD_SECONDS,
      signingDate: new Date(now),
    });
  }

  async slot({ key, bytes, sha256, now }: Upload): Promise<Slot> {
    const checksum = sha256Base64FromHex(sha256);
    const command = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      ContentLength: bytes,
      ChecksumAlgorithm: 'SHA256',
      ChecksumSHA256: checksum,
      IfNoneMatch: '*',
    });
    const url = await getSignedUrl(this.#client, command, {
      expiresIn: SLOT_SECONDS,
      signingDate: new Date(now),
      unhoistableHeaders: new Set(BOUND_HEADERS),
    });
    return {
      schema: 1,
      url,
      // `content-length` and `host` are missing: fetch sets them, and scripts may not.
      headers: {
        'if-none-match': '*',
        'x-amz-checksum-sha256': checksum,
        'x-amz-sdk-checksum-algorithm': 'SHA256',
      },
      expiresAt: now + SLOT_SECONDS * 1000,
      expiresInSeconds: SLOT_SECONDS,
    };
  }
}
