import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { CloudResponse } from '../../service.ts';
import { headerOf } from '../../signature/signed-request.ts';
import type { Bucket } from '../bucket.ts';
import { type ByteRange, parseByteRange } from '../byte-range.ts';
import { checkReadCondition } from '../conditions.ts';
import { checksumHeaders, identityHeaders, readHeaders } from '../object-headers.ts';
import { emptyResponse, type S3Context, type S3Request } from '../operation.ts';
import type { StoredObject } from '../stored-object.ts';

/** Up to this size a body is read at once, in bytes: one system call costs less than a stream. */
const READ_AT_ONCE_BYTES_MAX = 1 << 16;

/** Bytes per read of a streamed body. */
const STREAM_CHUNK_BYTES = 1 << 20;

/** Query parameters by which a signed GET chooses headers of its answer. */
const RESPONSE_OVERRIDES: ReadonlyMap<string, string> = new Map([
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
  ['response-content-language', 'content-language'],
  ['response-content-type', 'content-type'],
  ['response-expires', 'expires'],
]);

/** Answers with an object or a range of it. */
export function getObject(request: S3Request, context: S3Context): CloudResponse {
  return readObject(request, context, openBody);
}

/** Answers as {@link getObject} would, without the bytes. */
export function headObject(request: S3Request, context: S3Context): CloudResponse {
  return readObject(request, context, () => undefined);
}

type OpenBody = (
  objects: Bucket,
  object: StoredObject,
  range: ByteRange | undefined,
) => CloudResponse['body'];

function readObject(request: S3Request, context: S3Context, open: OpenBody): CloudResponse {
  const { objects } = context.store.require(request.bucket);
  const object = objects.require(request.key);
  if (checkReadCondition(request.headers, object) === 'not-modified') {
    return emptyResponse(304, identityHeaders(object));
  }
  const range = parseByteRange(headerOf(request.headers, 'range'), object.bytes);
  const wantsChecksum =
    range === undefined &&
    headerOf(request.headers, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...readHeaders(object, range),
      ...(wantsChecksum && checksumHeaders(object)),
      ...overriddenHeaders(request.query),
    },
    body: open(objects, object, range),
  };
}

function overriddenHeaders(query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, name] of RESPONSE_OVERRIDES) {
    const value = query.get(parameter);
    if (value !== null) {
      headers[name] = value;
    }
  }
  return headers;
}

/** Opened at once, so that the bytes stay those of the record even if the key is overwritten now. */
function openBody(
  objects: Bucket,
  object: StoredObject,
  range: ByteRange | undefined,
): CloudResponse['body'] {
  const { path, offset } = objects.source(object);
  const { first, last } = range ?? { first: 0, last: object.bytes - 1 };
  const [start, end] = [offset + first, offset + last];
  const descriptor = openSync(path, 'r');
  if (end - start >= READ_AT_ONCE_BYTES_MAX) {
    return createReadStream('', { fd: descriptor, start, end, highWaterMark: STREAM_CHUNK_BYTES });
  }
  try {
    const bytes = Buffer.allocUnsafe(end - start + 1);
    readSync(descriptor, bytes, 0, bytes.length, start);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
