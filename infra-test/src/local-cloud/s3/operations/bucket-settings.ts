import { randomUUID } from 'node:crypto';
import { AwsError } from '../../aws-error.ts';
import type { CloudResponse } from '../../service.ts';
import { corsDocument, parseCorsDocument } from '../cors-document.ts';
import { testMessage } from '../event-message.ts';
import { notificationDocument, parseNotificationDocument } from '../notification-document.ts';
import { emptyResponse, type S3Context, type S3Request, xmlResponse } from '../operation.ts';
import { readPayloadClaims } from '../payload-claims.ts';
import { readVerifiedText } from '../verified-payload.ts';

/**
 * Largest configuration document, in bytes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
 */
const DOCUMENT_BYTES_MAX = 64 * 1024;

/** Tells the CORS rules of a bucket. */
export function getBucketCors({ bucket }: S3Request, context: S3Context): CloudResponse {
  const { cors } = context.store.require(bucket).settings;
  if (cors.length === 0) {
    throw new AwsError('NoSuchCORSConfiguration', 'The CORS configuration does not exist', {
      details: { BucketName: bucket },
    });
  }
  return xmlResponse(corsDocument(cors));
}

/** Replaces the CORS rules of a bucket. */
export async function putBucketCors(
  request: S3Request,
  context: S3Context,
): Promise<CloudResponse> {
  context.store.require(request.bucket);
  const cors = parseCorsDocument(await readDocument(request));
  context.store.changeSettings(request.bucket, { cors });
  return emptyResponse(200);
}

/** Removes the CORS rules of a bucket. */
export function deleteBucketCors({ bucket }: S3Request, context: S3Context): CloudResponse {
  context.store.changeSettings(bucket, { cors: [] });
  return emptyResponse(204);
}

/** Tells the subscriptions to a bucket's events. */
export function getBucketNotification({ bucket }: S3Request, context: S3Context): CloudResponse {
  return xmlResponse(notificationDocument(context.store.require(bucket).settings.notifications));
}

/** Replaces the subscriptions to a bucket's events, and sends every queue the test message. */
export async function putBucketNotification(
  request: S3Request,
  context: S3Context,
): Promise<CloudResponse> {
  const { bucket, requestId } = request;
  context.store.require(bucket);
  const text = await readDocument(request);
  const notifications = parseNotificationDocument(text, () => randomUUID());
  const message = testMessage({ bucket, requestId, region: context.region });
  for (const queueArn of new Set(notifications.map((notification) => notification.queueArn))) {
    context.events.deliverTest(queueArn, message);
  }
  context.store.changeSettings(bucket, { notifications });
  return emptyResponse(200);
}

function readDocument(request: S3Request): Promise<string> {
  return readVerifiedText(request.body, readPayloadClaims(request.headers), DOCUMENT_BYTES_MAX);
}
