import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** Settings of {@link objectsStatement}. */
export interface ObjectsStatementOptions {
  readonly sid: string;
  readonly action: 's3:GetObject' | 's3:PutObject';
  /** Patterns of keys; a star stands for any characters, slashes included. */
  readonly keys: readonly string[];
}

/** Allows one action on some of a bucket's objects. */
export function objectsStatement(
  bucket: IBucket,
  { sid, action, keys }: ObjectsStatementOptions,
): PolicyStatement {
  const resources = keys.map((key) => bucket.arnForObjects(key));
  return new PolicyStatement({ sid, actions: [action], resources });
}

/**
 * Allows listing a bucket under prefixes. `IfExists`, because S3 asks for the same permission when a
 * GET finds nothing: without it the answer is 403 where the functions rest on 404, and such a GET has
 * no prefix.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function listStatement(bucket: IBucket, prefixes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListPrefixes',
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLikeIfExists: { 's3:prefix': [...prefixes] } },
  });
}
