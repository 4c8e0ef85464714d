import type { BucketAccess, ObjectAccess } from '@tributary/client/deployment';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';

/** Allows what an access says, and nothing else, in a bucket. */
export function bucketStatements(
  bucket: IBucket,
  { objects, lists }: BucketAccess,
): PolicyStatement[] {
  return [
    ...objects.map((access) => objectsStatement(bucket, access)),
    listStatement(bucket, lists),
  ];
}

/** Allows one action on some of a bucket's objects. */
function objectsStatement(bucket: IBucket, { sid, action, keys }: ObjectAccess): PolicyStatement {
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
function listStatement(bucket: IBucket, prefixes: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'ListPrefixes',
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: { StringLikeIfExists: { 's3:prefix': [...prefixes] } },
  });
}
