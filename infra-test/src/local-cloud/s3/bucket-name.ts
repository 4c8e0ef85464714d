import { AwsError } from '../aws-error.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Accepts a name for a new bucket.
 *
 * @throws {@link AwsError} `InvalidBucketName`.
 */
export function checkBucketName(name: string): void {
  if (!BUCKET_NAME.test(name) || name.includes('..') || /^\d+(\.\d+){3}$/.test(name)) {
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid', {
      details: { BucketName: name },
    });
  }
}

/** The error for a bucket that does not exist. */
export function noSuchBucket(name: string): AwsError {
  return new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
    details: { BucketName: name },
  });
}
