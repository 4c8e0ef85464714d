import type { EventDelivery } from '../event-delivery.ts';
import type { CloudRequest, CloudResponse } from '../service.ts';
import type { BucketStore } from './bucket-store.ts';
import type { S3Path } from './s3-path.ts';

/** A request to S3 with its path taken apart. */
export interface S3Request extends CloudRequest, S3Path {}

/** What operations work on. */
export interface S3Context {
  readonly store: BucketStore;
  readonly events: EventDelivery;
  readonly region: string;
}

/** One S3 API operation. */
export type Operation = (
  request: S3Request,
  context: S3Context,
) => CloudResponse | Promise<CloudResponse>;

/** An answer without a body. */
export function emptyResponse(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): CloudResponse {
  return { status, headers };
}

/** An answer with an XML document. */
export function xmlResponse(document: string): CloudResponse {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: document };
}
