import type { AwsError } from '../aws-error.ts';
import type { CloudRequest, CloudResponse } from '../service.ts';
import { XML_DECLARATION, xmlOf } from './xml.ts';

/** Renders an error as S3 does; a HEAD has no room for more than the status. */
export function s3ErrorResponse(
  error: AwsError,
  request: Pick<CloudRequest, 'method' | 'path' | 'requestId'>,
): CloudResponse {
  const headers = { 'content-type': 'application/xml', ...error.headers };
  if (request.method === 'HEAD') {
    return { status: error.status, headers };
  }
  const body = xmlOf('Error', {
    Code: error.code,
    Message: error.message,
    Resource: request.path,
    ...error.details,
    RequestId: request.requestId,
  });
  return { status: error.status, headers, body: XML_DECLARATION + body };
}
