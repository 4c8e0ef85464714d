import { timingSafeEqual } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Credential, CredentialRegistry } from '../credentials.ts';
import { expectedSignature } from './canonical-request.ts';
import { headerOf, type SignableRequest, type StatedSignature } from './signed-request.ts';

/**
 * How far a request's clock may be from ours, in milliseconds.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 */
const CLOCK_SKEW_MS_MAX = 15 * 60_000;

/** What a request is held against. */
export interface VerifySignatureOptions {
  readonly credentials: CredentialRegistry;
  readonly region: string;
  readonly nowMs: number;
  /** Hex SHA-256 of the body, or the literal the service allows in its place. */
  readonly payloadHash: string;
}

/**
 * Checks the signature a request states.
 *
 * @throws {@link AwsError} `InvalidAccessKeyId`, `InvalidToken`, `AuthorizationHeaderMalformed` (wrong
 * region), `RequestTimeTooSkewed`, `AccessDenied` (expired, or an `x-amz-*` header left unsigned) or
 * `SignatureDoesNotMatch`.
 */
export async function verifySignature(
  request: SignableRequest,
  stated: StatedSignature,
  options: VerifySignatureOptions,
): Promise<void> {
  const credential = findCredential(stated, options.credentials);
  checkRegion(stated, options.region);
  checkTime(stated, options.nowMs);
  checkSignedHeaders(request, stated);
  const expected = await expectedSignature(request, stated, {
    credential,
    payloadHash: options.payloadHash,
  });
  if (!isEqualConstantTime(expected, stated.signature)) {
    throw signatureMismatch(stated);
  }
}

function findCredential(stated: StatedSignature, credentials: CredentialRegistry): Credential {
  const credential = credentials.find(stated.accessKeyId);
  if (credential === undefined) {
    throw new AwsError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records',
      { details: { AWSAccessKeyId: stated.accessKeyId } },
    );
  }
  if (credential.sessionToken !== stated.sessionToken) {
    throw new AwsError(
      'InvalidToken',
      'The provided token is malformed or otherwise invalid for this access key',
    );
  }
  return credential;
}

function checkRegion(stated: StatedSignature, region: string): void {
  if (stated.region !== region) {
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      `The region '${stated.region}' is wrong; expecting '${region}'`,
      { details: { Region: region } },
    );
  }
}

function checkTime(stated: StatedSignature, nowMs: number): void {
  const signedMs = parseLongDate(stated.longDate);
  if (Number.isNaN(signedMs) || !stated.longDate.startsWith(stated.scopeDate)) {
    throw new AwsError(
      'AuthorizationHeaderMalformed',
      `Credential scope names ${stated.scopeDate}, the request is dated ${stated.longDate}`,
    );
  }
  const details = { ServerTime: new Date(nowMs).toISOString() };
  if (stated.expiresSeconds === undefined) {
    if (Math.abs(nowMs - signedMs) > CLOCK_SKEW_MS_MAX) {
      throw new AwsError(
        'RequestTimeTooSkewed',
        stated.service === 's3'
          ? 'The difference between the request time and the current time is too large'
          : `Signature ${signedMs < nowMs ? 'expired' : 'not yet current'}: ${stated.longDate} is more than 15 minutes from the time of the service`,
        { details: { RequestTime: stated.longDate, ...details } },
      );
    }
    return;
  }
  if (signedMs - nowMs > CLOCK_SKEW_MS_MAX) {
    throw new AwsError('AccessDenied', 'Request is not yet valid', { details });
  }
  const expiryMs = signedMs + stated.expiresSeconds * 1000;
  if (nowMs >= expiryMs) {
    throw new AwsError('AccessDenied', 'Request has expired', {
      details: { Expires: new Date(expiryMs).toISOString(), ...details },
    });
  }
}

/** S3 refuses an `x-amz-*` header that nobody vouched for, and a signed one that did not arrive. */
function checkSignedHeaders(request: SignableRequest, stated: StatedSignature): void {
  const missing = stated.signedHeaders.find(
    (name) => headerOf(request.headers, name) === undefined,
  );
  if (missing !== undefined) {
    throw signatureMismatch(stated, `; signed header ${missing} is not in the request`);
  }
  if (stated.service !== 's3') {
    return;
  }
  const unsigned = Object.keys(request.headers).filter(
    (name) => name.startsWith('x-amz-') && !stated.signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new AwsError(
      'AccessDenied',
      'There were headers present in the request which were not signed',
      { details: { HeadersNotSigned: unsigned.join(', ') } },
    );
  }
}

function signatureMismatch(stated: StatedSignature, reason = ''): AwsError {
  return new AwsError(
    'SignatureDoesNotMatch',
    `The request signature we calculated does not match the signature you provided${reason}`,
    { details: { AWSAccessKeyId: stated.accessKeyId, SignatureProvided: stated.signature } },
  );
}

function isEqualConstantTime(expected: string, stated: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(stated);
  return left.length === right.length && timingSafeEqual(left, right);
}

function parseLongDate(longDate: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(longDate) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
