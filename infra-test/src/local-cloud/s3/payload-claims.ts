import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../signature/signed-request.ts';
import { CHECKSUM_BYTES, type ChecksumAlgorithm, isChecksumAlgorithm } from './checksums.ts';

const CHECKSUM_HEADER_PREFIX = 'x-amz-checksum-';

/** Headers that begin like a checksum's but are none. */
const NO_CHECKSUM_HEADERS: ReadonlySet<string> = new Set([
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
]);

/** What a request's headers claim about its body; the body is held against all of it. */
export interface PayloadClaims {
  readonly isAwsChunked: boolean;
  /** Bytes of the body without framing. */
  readonly bytes: number;
  /** Hex SHA-256 that the signature covers. */
  readonly signedSha256: string | undefined;
  /** Base64 MD5, from `Content-MD5`. */
  readonly md5: string | undefined;
  readonly checksum:
    | {
        readonly algorithm: ChecksumAlgorithm;
        /** Base64; undefined while it is still to come as a trailer. */
        readonly value: string | undefined;
      }
    | undefined;
}

/**
 * Reads what the headers claim about the body.
 *
 * @throws {@link AwsError} `MissingContentLength`, `InvalidDigest`, `InvalidRequest` or `NotImplemented`.
 */
export function readPayloadClaims(headers: IncomingHttpHeaders): PayloadClaims {
  const signed = headerOf(headers, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const isAwsChunked = signed === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  if (signed.startsWith('STREAMING-') && !isAwsChunked) {
    throw new AwsError('NotImplemented', `Payloads of type ${signed} are not implemented`);
  }
  if (!isAwsChunked && signed !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(signed)) {
    throw new AwsError(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a SHA-256 in hex',
    );
  }
  return {
    isAwsChunked,
    bytes: readLength(headers, isAwsChunked),
    signedSha256: isAwsChunked || signed === 'UNSIGNED-PAYLOAD' ? undefined : signed,
    md5: readMd5(headers),
    checksum: readChecksum(headers),
  };
}

function readLength(headers: IncomingHttpHeaders, isAwsChunked: boolean): number {
  const name = isAwsChunked ? 'x-amz-decoded-content-length' : 'content-length';
  const stated = headerOf(headers, name);
  if (stated === undefined || !/^\d{1,15}$/.test(stated)) {
    throw new AwsError('MissingContentLength', `You must provide the ${name} HTTP header`);
  }
  return Number(stated);
}

function readMd5(headers: IncomingHttpHeaders): string | undefined {
  const md5 = headerOf(headers, 'content-md5');
  if (md5 !== undefined && !isBase64Of(md5, 16)) {
    throw new AwsError('InvalidDigest', 'The Content-MD5 you specified was invalid');
  }
  return md5;
}

function readChecksum(headers: IncomingHttpHeaders): PayloadClaims['checksum'] {
  const names = Object.keys(headers).filter(
    (name) => name.startsWith(CHECKSUM_HEADER_PREFIX) && !NO_CHECKSUM_HEADERS.has(name),
  );
  const trailer = headerOf(headers, 'x-amz-trailer')?.trim().toLowerCase();
  const [name = trailer, second] = names;
  if (second !== undefined || (names.length > 0 && trailer !== undefined)) {
    throw new AwsError(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header; multiple checksum types are not allowed',
    );
  }
  if (name === undefined) {
    return requireNoAlgorithm(headers);
  }
  const algorithm = name.slice(CHECKSUM_HEADER_PREFIX.length);
  if (!name.startsWith(CHECKSUM_HEADER_PREFIX) || !isChecksumAlgorithm(algorithm)) {
    throw new AwsError('NotImplemented', `Checksum ${name} is not implemented`);
  }
  const value = trailer === undefined ? headerOf(headers, name) : undefined;
  if (value !== undefined && !isBase64Of(value, CHECKSUM_BYTES[algorithm])) {
    throw new AwsError('InvalidRequest', `Value for ${name} header is invalid`);
  }
  return { algorithm, value };
}

function requireNoAlgorithm(headers: IncomingHttpHeaders): undefined {
  if (headers['x-amz-sdk-checksum-algorithm'] !== undefined) {
    throw new AwsError(
      'InvalidRequest',
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found',
    );
  }
  return undefined;
}

function isBase64Of(value: string, byteCount: number): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === byteCount && bytes.toString('base64') === value;
}
