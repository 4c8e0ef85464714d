import {
  CreateBucketCommand,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { DEPLOYMENT } from '@tributary/client/deployment';

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
  if (allowedOrigins.length > 0) await allowOrigins(s3, bucket, allowedOrigins);
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: bucket,
      NotificationConfiguration: {
        QueueConfigurations: [
          {
            Id: 'updates',
            QueueArn: hintQueueArn,
            Events: ['s3:ObjectCreated:*'],
            Filter: {
              Key: { FilterRules: [{ Name: 'prefix', Value: DEPLOYMENT.bucket.eventPrefix }] },
            },
          },
        ],
      },
    }),
  );
}

async function allowOrigins(
  s3: S3Client,
  bucket: string,
  allowedOrigins: readonly string[],
): Promise<void> {
  const { bucket: rule, preflightSeconds } = DEPLOYMENT.crossOrigin;
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: bucket,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: [...allowedOrigins],
            AllowedMethods: [...rule.methods],
            AllowedHeaders: [...rule.requestHeaders],
            ExposeHeaders: [...rule.responseHeaders],
            MaxAgeSeconds: preflightSeconds,
          },
        ],
      },
    }),
  );
}
