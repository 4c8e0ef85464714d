import { AwsError } from '../../aws-error.ts';
import type { CloudResponse } from '../../service.ts';
import { readWriteCondition } from '../conditions.ts';
import { isSubscribed, objectCreatedMessage } from '../event-message.ts';
import { checksumHeaders, identityHeaders, storedHeaders } from '../object-headers.ts';
import { emptyResponse, type S3Context, type S3Request } from '../operation.ts';
import { readPayloadClaims } from '../payload-claims.ts';
import type { StoredObject } from '../stored-object.ts';
import { verifyPayload } from '../verified-payload.ts';

/**
 * Largest object of a single PUT, in bytes: 5 GiB.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
const OBJECT_BYTES_MAX = 5 * 2 ** 30;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const KEY_BYTES_MAX = 1024;

/** Stores an object and raises its event. */
export async function putObject(request: S3Request, context: S3Context): Promise<CloudResponse> {
  const { headers, key } = request;
  const { objects } = context.store.require(request.bucket);
  checkKey(key);
  const claims = readPayloadClaims(headers);
  if (claims.bytes > OBJECT_BYTES_MAX) {
    throw new AwsError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      details: { ProposedSize: String(claims.bytes), MaxSizeAllowed: String(OBJECT_BYTES_MAX) },
    });
  }
  const object = await objects.write(verifyPayload(request.body, claims), {
    key,
    headers: storedHeaders(headers),
    condition: readWriteCondition(headers),
  });
  raiseEvent(request, context, object);
  return emptyResponse(200, { ...identityHeaders(object), ...checksumHeaders(object) });
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) {
    throw new AwsError('KeyTooLongError', 'Your key is too long', {
      details: { Size: String(bytes), MaxSizeAllowed: String(KEY_BYTES_MAX) },
    });
  }
}

function raiseEvent(request: S3Request, context: S3Context, object: StoredObject): void {
  const { bucket, requestId } = request;
  for (const notification of context.store.find(bucket)?.settings.notifications ?? []) {
    if (isSubscribed(notification, object.key)) {
      const circumstances = { bucket, requestId, region: context.region };
      const message = objectCreatedMessage(notification, object, circumstances);
      context.events.deliver(notification.queueArn, message);
    }
  }
}
