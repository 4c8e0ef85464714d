import { AwsError } from '../../aws-error.ts';
import type { CloudResponse } from '../../service.ts';
import type { Bucket } from '../bucket.ts';
import { PRINCIPAL_ID } from '../event-message.ts';
import { listKeys, PAGE_KEYS_MAX } from '../list-keys.ts';
import { type S3Context, type S3Request, xmlResponse } from '../operation.ts';
import type { StoredObject } from '../stored-object.ts';
import { s3Document, type XmlNode } from '../xml.ts';

/** Lists one page of a bucket. */
export function listObjectsV2(request: S3Request, context: S3Context): CloudResponse {
  const { query, bucket } = request;
  const { objects } = context.store.require(bucket);
  const maxKeys = readMaxKeys(query.get('max-keys'));
  const continuationToken = query.get('continuation-token') ?? undefined;
  const options = {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startAfter: query.get('start-after') ?? '',
    continuationToken,
    maxKeys: Math.min(maxKeys, PAGE_KEYS_MAX),
  };
  const page = listKeys(objects.keys, options);
  const encode = readEncoding(query.get('encoding-type'));
  return xmlResponse(
    s3Document('ListBucketResult', {
      Name: bucket,
      Prefix: encode(options.prefix),
      Delimiter: options.delimiter === '' ? undefined : encode(options.delimiter),
      StartAfter: options.startAfter === '' ? undefined : encode(options.startAfter),
      EncodingType: query.get('encoding-type') ?? undefined,
      ContinuationToken: continuationToken,
      NextContinuationToken: page.nextToken,
      KeyCount: page.keys.length + page.commonPrefixes.length,
      MaxKeys: options.maxKeys,
      IsTruncated: page.nextToken !== undefined,
      Contents: contents(objects, page.keys, {
        encode,
        hasOwner: query.get('fetch-owner') === 'true',
      }),
      CommonPrefixes: page.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    }),
  );
}

function readMaxKeys(stated: string | null): number {
  if (stated === null) {
    return PAGE_KEYS_MAX;
  }
  if (!/^\d{1,10}$/.test(stated)) {
    throw new AwsError('InvalidArgument', 'Provided max-keys not an integer or within range', {
      details: { ArgumentName: 'max-keys', ArgumentValue: stated },
    });
  }
  return Number(stated);
}

function readEncoding(stated: string | null): (text: string) => string {
  if (stated === null) {
    return (text) => text;
  }
  if (stated !== 'url') {
    throw new AwsError('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      details: { ArgumentName: 'encoding-type', ArgumentValue: stated },
    });
  }
  return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
}

function contents(
  objects: Bucket,
  keys: readonly string[],
  options: { encode: (text: string) => string; hasOwner: boolean },
): XmlNode {
  return keys
    .map((key) => objects.find(key))
    .filter((object): object is StoredObject => object !== undefined)
    .map((object) => ({
      Key: options.encode(object.key),
      LastModified: new Date(object.lastModifiedMs).toISOString(),
      ETag: `"${object.etag}"`,
      ChecksumAlgorithm: object.checksum?.algorithm.toUpperCase(),
      ChecksumType: object.checksum === undefined ? undefined : 'FULL_OBJECT',
      Size: object.bytes,
      Owner: options.hasOwner ? { ID: PRINCIPAL_ID } : undefined,
      StorageClass: 'STANDARD',
    }));
}
