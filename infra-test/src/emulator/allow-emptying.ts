import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import type { ClientTarget } from './target.ts';

/** What the CDK's function asks for before it empties a bucket. */
const TAG = { Key: 'aws-cdk:auto-delete-objects', Value: 'true' };

/** Gives a bucket the tag that MiniStack's CloudFormation drops from the template. */
export async function allowEmptying(
  target: ClientTarget,
  Bucket: string | undefined,
): Promise<void> {
  const s3 = new S3Client({ ...target, forcePathStyle: true });
  try {
    await s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [TAG] } }));
  } finally {
    s3.destroy();
  }
}
