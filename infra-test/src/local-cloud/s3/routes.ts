import { AwsError } from '../aws-error.ts';
import type { Operation, S3Request } from './operation.ts';
import {
  deleteBucketCors,
  getBucketCors,
  getBucketNotification,
  putBucketCors,
  putBucketNotification,
} from './operations/bucket-settings.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './operations/buckets.ts';
import { deleteObject, deleteObjects } from './operations/delete-objects.ts';
import { getObject, headObject } from './operations/get-object.ts';
import { listObjectsV2 } from './operations/list-objects.ts';
import { putObject } from './operations/put-object.ts';

/** An operation with the name the API gives it. */
export interface Route {
  readonly name: string;
  readonly run: Operation;
}

/** Operations by level, method and the query parameter that selects a subresource. */
const ROUTES: ReadonlyMap<string, Route> = new Map(
  Object.entries<Route>({
    'service GET': { name: 'ListBuckets', run: listBuckets },
    'bucket PUT': { name: 'CreateBucket', run: createBucket },
    'bucket HEAD': { name: 'HeadBucket', run: headBucket },
    'bucket DELETE': { name: 'DeleteBucket', run: deleteBucket },
    'bucket GET list-type': { name: 'ListObjectsV2', run: listObjectsV2 },
    'bucket GET location': { name: 'GetBucketLocation', run: getBucketLocation },
    'bucket GET cors': { name: 'GetBucketCors', run: getBucketCors },
    'bucket PUT cors': { name: 'PutBucketCors', run: putBucketCors },
    'bucket DELETE cors': { name: 'DeleteBucketCors', run: deleteBucketCors },
    'bucket GET notification': {
      name: 'GetBucketNotificationConfiguration',
      run: getBucketNotification,
    },
    'bucket PUT notification': {
      name: 'PutBucketNotificationConfiguration',
      run: putBucketNotification,
    },
    'bucket POST delete': { name: 'DeleteObjects', run: deleteObjects },
    'object PUT': { name: 'PutObject', run: putObject },
    'object GET': { name: 'GetObject', run: getObject },
    'object HEAD': { name: 'HeadObject', run: headObject },
    'object DELETE': { name: 'DeleteObject', run: deleteObject },
  }),
);

/** Query parameters that configure an operation and select none. */
const OPTION_PARAMETERS: ReadonlySet<string> = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'max-keys',
  'prefix',
  'start-after',
  'x-id',
]);

/** Names of operations that are not served, for the error; others are named by their request line. */
const UNSERVED_NAMES: ReadonlyMap<string, string> = new Map([
  ['bucket GET', 'ListObjects'],
  ['bucket GET versions', 'ListObjectVersions'],
  ['bucket GET uploads', 'ListMultipartUploads'],
  ['object POST uploads', 'CreateMultipartUpload'],
  ['object PUT uploadId', 'UploadPart'],
  ['object POST uploadId', 'CompleteMultipartUpload'],
  ['object DELETE uploadId', 'AbortMultipartUpload'],
  ['object GET uploadId', 'ListParts'],
]);

/** Headers beginning with `x-amz-` that are understood, besides checksums and metadata. */
const SERVED_HEADERS: ReadonlySet<string> = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-trailer',
  'x-amz-user-agent',
]);

/**
 * Finds the operation a request asks for.
 *
 * @throws {@link AwsError} `NotImplemented`, naming the operation or header, for what is not served.
 */
export function routeOf(request: S3Request): Route {
  const level = request.bucket === '' ? 'service' : request.key === '' ? 'bucket' : 'object';
  const selectors = [...request.query.keys()].filter((name) => !isOption(name)).sort();
  // A part upload carries two selectors; its upload id tells what it belongs to.
  const selector = selectors.find((name) => name === 'uploadId') ?? selectors[0];
  const id = [level, request.method, selector].filter((part) => part !== undefined).join(' ');
  const route = ROUTES.get(id);
  if (route === undefined || selectors.length > 1) {
    throw notImplemented(UNSERVED_NAMES.get(id) ?? `${id} (${request.path})`);
  }
  if (request.headers['x-amz-copy-source'] !== undefined) {
    throw notImplemented('CopyObject');
  }
  const header = Object.keys(request.headers).find((name) => !isServedHeader(name));
  if (header !== undefined) {
    throw new AwsError(
      'NotImplemented',
      `A header you provided implies functionality that is not implemented: ${header} on ${route.name}`,
      { details: { Header: header } },
    );
  }
  return route;
}

function notImplemented(operation: string): AwsError {
  return new AwsError('NotImplemented', `Operation ${operation} is not implemented`);
}

function isOption(parameter: string): boolean {
  return (
    OPTION_PARAMETERS.has(parameter) ||
    parameter.startsWith('response-') ||
    parameter.toLowerCase().startsWith('x-amz-')
  );
}

function isServedHeader(name: string): boolean {
  return (
    !name.startsWith('x-amz-') ||
    name.startsWith('x-amz-checksum-') ||
    name.startsWith('x-amz-meta-') ||
    SERVED_HEADERS.has(name)
  );
}
