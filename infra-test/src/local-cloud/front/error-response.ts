import { AwsError, type AwsErrorCode } from '../aws-error.ts';
import { s3ErrorResponse } from '../s3/error-document.ts';
import type { CloudResponse } from '../service.ts';

/** Names the JSON services give to errors for which S3 has a name of its own. */
const JSON_ERROR_NAMES: Partial<Record<AwsErrorCode, string>> = {
  AccessDenied: 'AccessDeniedException',
  AuthorizationHeaderMalformed: 'InvalidSignatureException',
  ExpiredToken: 'ExpiredTokenException',
  InternalError: 'ServiceException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
  InvalidToken: 'UnrecognizedClientException',
  MissingAuthenticationToken: 'MissingAuthenticationTokenException',
  NotImplemented: 'NotImplementedException',
  RequestTimeTooSkewed: 'InvalidSignatureException',
  SignatureDoesNotMatch: 'InvalidSignatureException',
  SlowDown: 'ServiceUnavailableException',
  XAmzContentSHA256Mismatch: 'InvalidSignatureException',
};

/** Where an error happened. */
export interface ErrorContext {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly requestId: string;
}

/**
 * Renders an error as the service in question would: XML for S3, JSON for the others.
 *
 * Anything but an {@link AwsError} is a fault of the cloud itself: its text is for the log, not for the client.
 */
export function errorResponse(error: unknown, context: ErrorContext): CloudResponse {
  const awsError =
    error instanceof AwsError
      ? error
      : new AwsError('InternalError', 'We encountered an internal error; see the cloud log');
  return context.service === 's3' ? s3ErrorResponse(awsError, context) : jsonError(awsError);
}

function jsonError(error: AwsError): CloudResponse {
  const name = JSON_ERROR_NAMES[error.code] ?? error.code;
  return {
    status: error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': name },
    body: JSON.stringify({ __type: name, message: error.message, Message: error.message }),
  };
}
