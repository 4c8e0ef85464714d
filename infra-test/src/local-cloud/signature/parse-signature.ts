import { ALGORITHM_IDENTIFIER, MAX_PRESIGNED_TTL } from '@smithy/signature-v4';
import { AwsError, type AwsErrorCode } from '../aws-error.ts';
import { headerOf, type SignableRequest, type StatedSignature } from './signed-request.ts';

const LONG_DATE = /^\d{8}T\d{6}Z$/;

/**
 * Reads the signature a request states, in its `Authorization` header or in its query.
 *
 * @returns `undefined` for an unsigned request.
 * @throws {@link AwsError} `InvalidArgument` for two signatures, `AuthorizationHeaderMalformed` or
 * `AuthorizationQueryParametersError` for a signature that can't be read.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export function parseSignature(request: SignableRequest): StatedSignature | undefined {
  const authorization = headerOf(request.headers, 'authorization');
  const isPresigned = request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature');
  if (authorization !== undefined && isPresigned) {
    throw new AwsError(
      'InvalidArgument',
      'Request carries an Authorization header and a signature in its query; only one is allowed',
    );
  }
  if (authorization !== undefined) {
    return parseHeaderSignature(authorization, request);
  }
  return isPresigned ? parseQuerySignature(request.query) : undefined;
}

function parseHeaderSignature(authorization: string, request: SignableRequest): StatedSignature {
  const code = 'AuthorizationHeaderMalformed';
  const [algorithm, ...rest] = authorization.split(' ');
  if (algorithm !== ALGORITHM_IDENTIFIER) {
    throw new AwsError(code, `Authorization must use ${ALGORITHM_IDENTIFIER}, got ${algorithm}`);
  }
  const fields = new Map<string, string>();
  for (const field of rest.join('').split(',')) {
    const separator = field.indexOf('=');
    fields.set(field.slice(0, separator), field.slice(separator + 1));
  }
  return {
    ...parseScope(fields.get('Credential'), code),
    signedHeaders: parseSignedHeaders(fields.get('SignedHeaders'), code),
    signature: required(fields.get('Signature'), { name: 'Signature', code }),
    longDate: parseLongDate(headerOf(request.headers, 'x-amz-date'), code),
    sessionToken: headerOf(request.headers, 'x-amz-security-token'),
    expiresSeconds: undefined,
  };
}

function parseQuerySignature(query: URLSearchParams): StatedSignature {
  const code = 'AuthorizationQueryParametersError';
  const read = (name: string): string => required(query.get(name), { name, code });
  if (read('X-Amz-Algorithm') !== ALGORITHM_IDENTIFIER) {
    throw new AwsError(code, `X-Amz-Algorithm must be ${ALGORITHM_IDENTIFIER}`);
  }
  const expiresSeconds = Number(read('X-Amz-Expires'));
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1) {
    throw new AwsError(code, 'X-Amz-Expires must be a whole number of seconds above 0');
  }
  if (expiresSeconds > MAX_PRESIGNED_TTL) {
    throw new AwsError(code, `X-Amz-Expires must be at most ${MAX_PRESIGNED_TTL} seconds`);
  }
  return {
    ...parseScope(read('X-Amz-Credential'), code),
    signedHeaders: parseSignedHeaders(read('X-Amz-SignedHeaders'), code),
    signature: read('X-Amz-Signature'),
    longDate: parseLongDate(read('X-Amz-Date'), code),
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expiresSeconds,
  };
}

function parseScope(
  credential: string | undefined,
  code: AwsErrorCode,
): Pick<StatedSignature, 'accessKeyId' | 'scopeDate' | 'region' | 'service'> {
  const parts = required(credential, { name: 'Credential', code }).split('/');
  const [accessKeyId, scopeDate, region, service, terminator] = parts;
  if (!accessKeyId || !scopeDate || !region || !service || terminator !== 'aws4_request') {
    throw new AwsError(code, 'Credential must be <key>/<date>/<region>/<service>/aws4_request');
  }
  return { accessKeyId, scopeDate, region, service };
}

function parseSignedHeaders(stated: string | undefined, code: AwsErrorCode): readonly string[] {
  const names = required(stated, { name: 'SignedHeaders', code }).split(';');
  if (!names.includes('host')) {
    throw new AwsError(code, 'SignedHeaders must include host');
  }
  return names;
}

function parseLongDate(stated: string | undefined, code: AwsErrorCode): string {
  if (stated === undefined || !LONG_DATE.test(stated)) {
    throw new AwsError(code, 'X-Amz-Date must be given in the form YYYYMMDDTHHMMSSZ');
  }
  return stated;
}

function required(
  value: string | null | undefined,
  field: { name: string; code: AwsErrorCode },
): string {
  if (value === null || value === undefined || value === '') {
    throw new AwsError(field.code, `Signature lacks ${field.name}`);
  }
  return value;
}
