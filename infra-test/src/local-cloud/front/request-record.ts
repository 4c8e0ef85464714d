import { Readable } from 'node:stream';
import type { RequestRecord } from '../counters.ts';
import type { CloudResponse } from '../service.ts';
import { headerOf } from '../signature/signed-request.ts';
import type { FrontRequest } from './front-options.ts';

/** What the counters keep of an answered request. */
export function requestRecord(
  request: FrontRequest,
  response: CloudResponse,
  route: { readonly service: string; readonly isFromOutside: boolean },
): RequestRecord {
  return {
    service: route.service,
    operation: response.operation ?? guessOperation(request, route.service),
    status: response.status,
    bytesIn: bytesIn(request),
    bytesOut: request.method === 'HEAD' ? 0 : bytesOut(response),
    isEgress: route.isFromOutside,
  };
}

/** S3 names its operations; what it is never asked to carry out was refused before. */
function guessOperation(request: FrontRequest, service: string): string {
  if (service === 's3') {
    return 'Refused';
  }
  const target = headerOf(request.headers, 'x-amz-target');
  return target === undefined
    ? `${request.method} ${request.path.split('/').slice(0, 3).join('/')}`
    : target.slice(target.indexOf('.') + 1);
}

function bytesIn(request: FrontRequest): number {
  const decoded = headerOf(request.headers, 'x-amz-decoded-content-length');
  return Number(decoded ?? headerOf(request.headers, 'content-length') ?? 0);
}

function bytesOut({ body, headers }: CloudResponse): number {
  if (body instanceof Readable) {
    return Number(headers['content-length'] ?? 0);
  }
  return body === undefined ? 0 : Buffer.byteLength(body);
}
