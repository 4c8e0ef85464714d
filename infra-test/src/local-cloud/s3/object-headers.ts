import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../signature/signed-request.ts';
import type { ByteRange } from './byte-range.ts';
import type { StoredObject } from './stored-object.ts';

/**
 * Bytes of all user metadata names and values together.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
const METADATA_BYTES_MAX = 2_048;

const SYSTEM_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

/**
 * The headers of a PUT that are kept with the object.
 *
 * @throws {@link AwsError} `MetadataTooLarge`.
 */
export function storedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const stored: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of SYSTEM_HEADERS) {
    const value = headerOf(headers, name);
    if (value !== undefined) {
      stored[name] = value;
    }
  }
  const encoding = withoutAwsChunked(stored['content-encoding']);
  delete stored['content-encoding'];
  return {
    ...stored,
    ...(encoding !== '' && { 'content-encoding': encoding }),
    ...userMetadata(headers),
  };
}

function withoutAwsChunked(contentEncoding = ''): string {
  return contentEncoding
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== 'aws-chunked')
    .join(',');
}

function userMetadata(headers: IncomingHttpHeaders): Record<string, string> {
  const metadata: Record<string, string> = {};
  let byteCount = 0;
  for (const name of Object.keys(headers)) {
    if (name.startsWith('x-amz-meta-')) {
      const value = headerOf(headers, name) ?? '';
      metadata[name] = value;
      byteCount += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value, 'latin1');
    }
  }
  if (byteCount > METADATA_BYTES_MAX) {
    throw new AwsError(
      'MetadataTooLarge',
      `Metadata has ${byteCount} bytes, at most ${METADATA_BYTES_MAX} are allowed`,
    );
  }
  return metadata;
}

/** The headers every answer about an object carries. */
export function identityHeaders(object: StoredObject): Record<string, string> {
  return { etag: `"${object.etag}"`, 'x-amz-server-side-encryption': 'AES256' };
}

/** The object's checksum as headers, if it was stored with one. */
export function checksumHeaders(object: StoredObject): Record<string, string> {
  const { checksum } = object;
  return checksum === undefined
    ? {}
    : {
        [`x-amz-checksum-${checksum.algorithm}`]: checksum.value,
        'x-amz-checksum-type': 'FULL_OBJECT',
      };
}

/** The headers of a GET or HEAD answer, but for what the query overrides. */
export function readHeaders(
  object: StoredObject,
  range: ByteRange | undefined,
): Record<string, string> {
  return {
    ...object.headers,
    ...identityHeaders(object),
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    'content-length': String(range === undefined ? object.bytes : range.last - range.first + 1),
    ...(range !== undefined && {
      'content-range': `bytes ${range.first}-${range.last}/${object.bytes}`,
    }),
  };
}
