import type { QueueNotification } from './bucket-settings.ts';
import type { StoredObject } from './stored-object.ts';

/** Account that owns everything in the local cloud. */
export const PRINCIPAL_ID = 'TRIBUTARYLOCAL';

/** Circumstances of an event. */
export interface EventContext {
  readonly bucket: string;
  readonly region: string;
  readonly requestId: string;
}

/** True when the subscription's filter lets the key through. */
export function isSubscribed(notification: QueueNotification, key: string): boolean {
  return key.startsWith(notification.prefix) && key.endsWith(notification.suffix);
}

/**
 * The message S3 sends when an object was put.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function objectCreatedMessage(
  notification: QueueNotification,
  object: StoredObject,
  context: EventContext,
): string {
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: context.region,
    eventTime: new Date(object.lastModifiedMs).toISOString(),
    eventName: 'ObjectCreated:Put',
    userIdentity: { principalId: PRINCIPAL_ID },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': context.requestId, 'x-amz-id-2': context.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: notification.id,
      bucket: {
        name: context.bucket,
        ownerIdentity: { principalId: PRINCIPAL_ID },
        arn: `arn:aws:s3:::${context.bucket}`,
      },
      object: {
        key: formEncode(object.key),
        size: object.bytes,
        eTag: object.etag,
        sequencer: object.sequencer,
      },
    },
  };
  return JSON.stringify({ Records: [record] });
}

/** The message S3 sends to a queue when a subscription is made; it has no `Records`. */
export function testMessage(context: EventContext): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date().toISOString(),
    Bucket: context.bucket,
    RequestId: context.requestId,
    HostId: context.requestId,
  });
}

/** Keys in events are form-encoded, a space as `+`, with slashes left as they are. */
function formEncode(key: string): string {
  return new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/');
}
