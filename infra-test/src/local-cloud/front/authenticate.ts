import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AwsError } from '../aws-error.ts';
import type { CredentialRegistry } from '../credentials.ts';
import { parseSignature } from '../signature/parse-signature.ts';
import { headerOf, type SignableRequest } from '../signature/signed-request.ts';
import { verifySignature } from '../signature/verify-signature.ts';

/**
 * Largest body of a request to a service other than S3, in bytes: a function's code as one
 * direct upload, 50 MB zipped, in base64 with its JSON around it.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const BODY_BYTES_MAX = 70_000_000;

/** A request whose sender is known. */
export interface AuthenticatedRequest {
  readonly service: string;
  readonly sessionToken: string | undefined;
  readonly isPresigned: boolean;
  /** The request's body; for services other than S3 held in memory and verified. */
  readonly body: Readable;
}

/**
 * Finds out who sent a request and whether it arrived as it was sent.
 *
 * S3 bodies are streamed, so their digest is left to the S3 service.
 *
 * @throws {@link AwsError} for an unsigned request and for whatever is wrong with a signature.
 */
export async function authenticate(
  request: SignableRequest & { readonly body: Readable },
  options: { credentials: CredentialRegistry; region: string },
): Promise<AuthenticatedRequest> {
  const stated = parseSignature(request);
  if (stated === undefined) {
    throw unsigned(request);
  }
  const isPresigned = stated.expiresSeconds !== undefined;
  const { body, payloadHash } =
    stated.service === 's3'
      ? { body: request.body, payloadHash: s3PayloadHash(request, isPresigned) }
      : await readVerified(request);
  await verifySignature(request, stated, { ...options, payloadHash, nowMs: Date.now() });
  return { service: stated.service, sessionToken: stated.sessionToken, isPresigned, body };
}

/** The service in the scope of a signature that the `Authorization` header states. */
const STATED_SERVICE = /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\//;

/** The service a request is meant for, as far as an unsigned, malformed or refused one tells. */
export function guessService(request: SignableRequest): string {
  const stated = STATED_SERVICE.exec(headerOf(request.headers, 'authorization') ?? '')?.[1];
  if (stated !== undefined) return stated;
  const target = headerOf(request.headers, 'x-amz-target');
  return target === undefined ? 's3' : target.startsWith('AmazonSQS') ? 'sqs' : 'unknown';
}

function unsigned(request: SignableRequest): AwsError {
  return guessService(request) === 's3'
    ? new AwsError('AccessDenied', 'Access Denied: the request is not signed')
    : new AwsError('MissingAuthenticationToken', 'Request is missing an authentication token');
}

function s3PayloadHash(request: SignableRequest, isPresigned: boolean): string {
  const stated = headerOf(request.headers, 'x-amz-content-sha256');
  if (stated === undefined && !isPresigned) {
    throw new AwsError(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  return stated ?? 'UNSIGNED-PAYLOAD';
}

async function readVerified(
  request: SignableRequest & { readonly body: Readable },
): Promise<{ body: Readable; payloadHash: string }> {
  const bytes = await readBounded(request.body);
  const payloadHash = createHash('sha256').update(bytes).digest('hex');
  const stated = headerOf(request.headers, 'x-amz-content-sha256');
  if (stated !== undefined && stated !== payloadHash) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      'The provided x-amz-content-sha256 header does not match what was computed',
    );
  }
  return { body: Readable.from([bytes], { objectMode: false }), payloadHash };
}

async function readBounded(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    byteCount += chunk.length;
    if (byteCount > BODY_BYTES_MAX) {
      throw new AwsError('EntityTooLarge', `Request body exceeds ${BODY_BYTES_MAX} bytes`);
    }
  }
  return Buffer.concat(chunks);
}
