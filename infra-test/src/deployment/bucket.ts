import {
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { UPDATES_PREFIX } from '@tributary/client/protocol';

/** Settings of {@link createBucket}. */
export interface BucketOptions {
  readonly bucket: string;
  /** Queue that learns of every upload. */
  readonly hintQueueArn: string;
  readonly allowedOrigins: readonly string[];
}

/** Creates the bucket that devices upload to, and has its upload events delivered to a queue. */
export async function createBucket(s3: S3Client, options: BucketOptions): Promise<void> {
  const { bucket, hintQueueArn, allowedOrigins } = options;
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: [...allowedOrigins],
            AllowedMethods: ['GET', 'PUT'],
            AllowedHeaders: [
              ...['content-type', 'if-none-match'],
              ...['x-amz-checksum-sha256', 'x-amz-sdk-checksum-algorithm'],
            ],
            ExposeHeaders: ['date', 'etag', 'retry-after'],
            MaxAgeSeconds: 3600,
          },
        ],
      },
    }),
  );
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Id: 'updates',
            QueueArn: hintQueueArn,
            Events: ['s3:ObjectCreated:*'],
            Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: UPDATES_PREFIX }] } },
          },
        ],
      },
    }),
  );
}
