import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { InvocationFailedError } from '@tributary/client/protocol';
import { statusOf } from './s3-answers.ts';
import { sha256 } from './sha256.ts';

/**
 * Attempts of one conditional write that meets 409 (a concurrent write is being decided). AWS: try
 * again; 8 attempts with doubling waits span about five seconds.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const CONFLICT_ATTEMPTS_MAX = 8;
const CONFLICT_WAIT_MS = 20;

/** One conditional write. */
export type ConditionalPut = Pick<
  PutObjectCommandInput,
  'Bucket' | 'Key' | 'IfMatch' | 'IfNoneMatch'
> & { readonly Body: Uint8Array };

/**
 * Puts an object under a condition; S3 holds its bytes against their SHA-256.
 *
 * @returns the new ETag; `undefined` if the condition failed.
 * @throws {@link InvocationFailedError} `write-conflict` when nothing is decided for seconds.
 */
export async function putIf(client: S3Client, input: ConditionalPut): Promise<string | undefined> {
  const command = new PutObjectCommand({
    ...input,
    ChecksumSHA256: sha256(input.Body).toString('base64'),
  });
  for (let attempt = 0; attempt < CONFLICT_ATTEMPTS_MAX; attempt += 1) {
    const outcome = await client.send(command).then(
      ({ ETag }) => ({ etag: ETag ?? '' }),
      (error: unknown) => conditionOf(error),
    );
    if (outcome !== 'conflict') return outcome === 'failed' ? undefined : outcome.etag;
    await new Promise((resolve) =>
      setTimeout(resolve, CONFLICT_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2)),
    );
  }
  throw new InvocationFailedError(
    `Writing ${input.Key} met ${CONFLICT_ATTEMPTS_MAX} conflicts (409) in a row; the step will be tried again`,
    { code: 'write-conflict' },
  );
}

/** Reads a failed conditional write: 412 and 404 mean the condition failed, 409 that nothing was decided. */
function conditionOf(error: unknown): 'failed' | 'conflict' {
  const status = statusOf(error);
  // An If-Match on an absent key answers 404: the object that was pinned is gone.
  if (status === 412 || status === 404) return 'failed';
  if (status === 409) return 'conflict';
  throw error;
}
