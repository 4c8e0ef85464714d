import { AwsError } from '../aws-error.ts';

/** Bucket and key a path-style path names; either may be empty. */
export interface S3Path {
  readonly bucket: string;
  /** Decoded; contains `/` and any other character. */
  readonly key: string;
}

/**
 * Reads `/{bucket}/{key}`.
 *
 * @throws {@link AwsError} `InvalidURI` for a broken percent encoding.
 */
export function parseS3Path(path: string): S3Path {
  const end = path.indexOf('/', 1);
  const bucket = end < 0 ? path.slice(1) : path.slice(1, end);
  try {
    return { bucket, key: end < 0 ? '' : decodeURIComponent(path.slice(end + 1)) };
  } catch (cause) {
    throw invalidUri(cause);
  }
}

function invalidUri(cause: unknown): AwsError {
  return new AwsError('InvalidURI', 'Could not parse the specified URI', { cause });
}
