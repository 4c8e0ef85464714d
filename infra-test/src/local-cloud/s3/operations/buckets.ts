import { AwsError } from '../../aws-error.ts';
import type { CloudResponse } from '../../service.ts';
import { PRINCIPAL_ID } from '../event-message.ts';
import { emptyResponse, type S3Context, type S3Request, xmlResponse } from '../operation.ts';
import { s3Document } from '../xml.ts';

/** The region in which creating one's own bucket again is no error. */
const FORGIVING_REGION = 'us-east-1';

/** Lists all buckets. */
export function listBuckets(_request: S3Request, context: S3Context): CloudResponse {
  return xmlResponse(
    s3Document('ListAllMyBucketsResult', {
      Owner: { ID: PRINCIPAL_ID },
      Buckets: {
        Bucket: context.store.list().map(({ name, settings }) => ({
          Name: name,
          CreationDate: new Date(settings.createdMs).toISOString(),
          BucketRegion: context.region,
        })),
      },
    }),
  );
}

/** Creates a bucket; in us-east-1 creating it again changes nothing and succeeds. */
export function createBucket({ bucket }: S3Request, context: S3Context): CloudResponse {
  const exists = context.store.find(bucket) !== undefined;
  if (exists && context.region !== FORGIVING_REGION) {
    throw new AwsError(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it',
      { details: { BucketName: bucket } },
    );
  }
  if (!exists) {
    context.store.create(bucket);
  }
  return emptyResponse(200, { location: `/${bucket}` });
}

/** Tells whether a bucket exists. */
export function headBucket({ bucket }: S3Request, context: S3Context): CloudResponse {
  context.store.require(bucket);
  return emptyResponse(200, { 'x-amz-bucket-region': context.region });
}

/** Deletes an empty bucket. */
export function deleteBucket({ bucket }: S3Request, context: S3Context): CloudResponse {
  context.store.remove(bucket);
  return emptyResponse(204);
}

/** Tells the region of a bucket; us-east-1 has no name here. */
export function getBucketLocation({ bucket }: S3Request, context: S3Context): CloudResponse {
  context.store.require(bucket);
  const location = context.region === FORGIVING_REGION ? '' : context.region;
  return xmlResponse(s3Document('LocationConstraint', { '#text': location }));
}
