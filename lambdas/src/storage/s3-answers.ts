/** How S3's answers read. */
import { type GetObjectCommandOutput, S3ServiceException } from '@aws-sdk/client-s3';
import { InvocationFailedError } from '@tributary/client/protocol';

/** HTTP status of S3's answer; none for a missing bucket, which says nothing about an object. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return undefined;
  return error.$metadata.httpStatusCode;
}

/** The answer, or `undefined` where the object is not there or not the one that was pinned. */
export async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const status = statusOf(error);
    // 412: the key now holds another object than the one that was pinned.
    if (status === 412 || status === 404) return undefined;
    throw error;
  }
}

/** All bytes of an answer. @throws {@link InvocationFailedError} `read-truncated` */
export async function bodyOf(
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
