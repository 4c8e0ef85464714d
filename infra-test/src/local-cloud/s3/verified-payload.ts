import type { Readable } from 'node:stream';
import { AwsError } from '../aws-error.ts';
import { decodeAwsChunked } from './aws-chunked.ts';
import { type ObjectChecksum, type RunningDigest, startDigest } from './checksums.ts';
import type { PayloadClaims } from './payload-claims.ts';

/** What is known of a body that arrived whole and as claimed. */
export interface PayloadDigests {
  readonly bytes: number;
  /** 32 hex digits. */
  readonly md5: string;
  /** The checksum the client stated, if it stated one. */
  readonly checksum: ObjectChecksum | undefined;
}

/** A body that is checked against its claims while it is read. */
export interface VerifiedPayload {
  /** The body without framing; can be read once. */
  chunks(): AsyncIterable<Buffer>;
  /**
   * Ends the check; to be called after the last chunk.
   *
   * @throws {@link AwsError} `IncompleteBody`, `XAmzContentSHA256Mismatch` or `BadDigest`.
   */
  finish(): PayloadDigests;
}

/** Wraps a body so that reading it verifies it. */
export function verifyPayload(body: Readable, claims: PayloadClaims): VerifiedPayload {
  const trailers = new Map<string, string>();
  const digests = startDigests(claims);
  let bytes = 0;
  return {
    async *chunks() {
      const source: AsyncIterable<Buffer> = claims.isAwsChunked
        ? decodeAwsChunked(body, trailers)
        : body;
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > claims.bytes) {
          throw wrongLength(bytes, claims);
        }
        for (const digest of digests.values()) {
          digest.update(chunk);
        }
        yield chunk;
      }
    },
    finish() {
      if (bytes !== claims.bytes) {
        throw wrongLength(bytes, claims);
      }
      return checkDigests(digests, claims, { bytes, trailers });
    },
  };
}

/** Reads a short body, such as a configuration document, whole. */
export async function readVerifiedText(
  body: Readable,
  claims: PayloadClaims,
  bytesMax: number,
): Promise<string> {
  if (claims.bytes > bytesMax) {
    throw new AwsError(
      'EntityTooLarge',
      `Request body has ${claims.bytes} bytes, at most ${bytesMax} are allowed`,
    );
  }
  const payload = verifyPayload(body, claims);
  const chunks: Buffer[] = [];
  for await (const chunk of payload.chunks()) {
    chunks.push(chunk);
  }
  payload.finish();
  return Buffer.concat(chunks).toString('utf8');
}

type DigestName = Parameters<typeof startDigest>[0];

function startDigests(claims: PayloadClaims): Map<DigestName, RunningDigest> {
  const names = new Set<DigestName>(['md5']);
  if (claims.signedSha256 !== undefined) {
    names.add('sha256');
  }
  if (claims.checksum !== undefined) {
    names.add(claims.checksum.algorithm);
  }
  return new Map([...names].map((name) => [name, startDigest(name)]));
}

function checkDigests(
  digests: ReadonlyMap<DigestName, RunningDigest>,
  claims: PayloadClaims,
  received: { bytes: number; trailers: ReadonlyMap<string, string> },
): PayloadDigests {
  const finished = new Map([...digests].map(([name, digest]) => [name, digest.digest()]));
  const digestOf = (name: DigestName, encoding: 'hex' | 'base64'): string =>
    finished.get(name)?.toString(encoding) ?? '';
  if (claims.signedSha256 !== undefined && claims.signedSha256 !== digestOf('sha256', 'hex')) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      'The provided x-amz-content-sha256 header does not match what was computed',
    );
  }
  if (claims.md5 !== undefined && claims.md5 !== digestOf('md5', 'base64')) {
    throw badDigest('Content-MD5');
  }
  const { bytes, trailers } = received;
  const md5 = digestOf('md5', 'hex');
  if (claims.checksum === undefined) {
    return { bytes, md5, checksum: undefined };
  }
  const { algorithm } = claims.checksum;
  const stated = claims.checksum.value ?? trailers.get(`x-amz-checksum-${algorithm}`);
  const value = digestOf(algorithm, 'base64');
  if (stated !== value) {
    throw badDigest(algorithm.toUpperCase());
  }
  return { bytes, md5, checksum: { algorithm, value } };
}

function badDigest(name: string): AwsError {
  return new AwsError(
    'BadDigest',
    `The ${name} you specified did not match the calculated checksum`,
  );
}

function wrongLength(bytes: number, claims: PayloadClaims): AwsError {
  return new AwsError(
    'IncompleteBody',
    `Request body has ${bytes} bytes or more, its headers announce ${claims.bytes}`,
  );
}
