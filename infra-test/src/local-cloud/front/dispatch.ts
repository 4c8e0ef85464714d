import { AwsError } from '../aws-error.ts';
import { parseS3Path } from '../s3/s3-path.ts';
import type { CloudResponse } from '../service.ts';
import { authenticate, guessService } from './authenticate.ts';
import { carryOut, type DispatchOutcome } from './carry-out.ts';
import { errorResponse } from './error-response.ts';
import type { FrontOptions, FrontRequest } from './front-options.ts';
import { requestRecord } from './request-record.ts';

/** First segment of the paths that belong to function URLs. */
const FUNCTION_URL_PREFIX = '/_lambda-url/';

/** What is found out about a request on its way; filled in as it becomes known. */
interface Route {
  service: string;
  /** Sent by somebody outside the cloud: a holder of a presigned URL or a function URL. */
  isFromOutside: boolean;
}

/** Makes the function that takes every request from arrival to answer. */
export function createDispatcher(
  options: FrontOptions,
): (request: FrontRequest) => Promise<DispatchOutcome> {
  return async (request) => {
    const route = { service: guessService(request), isFromOutside: false };
    let outcome: DispatchOutcome;
    try {
      outcome = await answer(request, options, route);
    } catch (error) {
      outcome = refuse(error, { request, options, route });
    }
    if (outcome === 'cut') {
      return outcome;
    }
    options.counters.record(requestRecord(request, outcome, route));
    return route.service === 's3' ? withCors(request, outcome, options) : outcome;
  };
}

async function answer(
  request: FrontRequest,
  options: FrontOptions,
  route: Route,
): Promise<DispatchOutcome> {
  if (request.path.startsWith(FUNCTION_URL_PREFIX)) {
    Object.assign(route, { service: 'lambda', isFromOutside: true });
    return carryOut({ ...request, sessionToken: undefined }, options, {
      service: 'lambda',
      handle: (functionRequest) => options.functions.handleFunctionUrl(functionRequest),
    });
  }
  if (request.method === 'OPTIONS') {
    return options.s3.preflight(request);
  }
  // A path that can't be decoded can't be verified either.
  parseS3Path(request.path);
  const sender = await authenticate(request, options);
  Object.assign(route, { service: sender.service, isFromOutside: sender.isPresigned });
  const service = sender.service === 's3' ? options.s3 : options.services[sender.service];
  if (service === undefined) {
    throw new AwsError(
      'NotImplemented',
      `Service ${sender.service} is not part of the local cloud`,
    );
  }
  // Whoever holds a presigned URL is not the process whose credentials made it.
  const sessionToken = sender.isPresigned ? undefined : sender.sessionToken;
  return carryOut({ ...request, body: sender.body, sessionToken }, options, {
    service: sender.service,
    handle: (serviceRequest) => service.handle(serviceRequest),
  });
}

function refuse(
  error: unknown,
  context: { request: FrontRequest; options: FrontOptions; route: Route },
): DispatchOutcome {
  const { request, options, route } = context;
  if (request.body.errored !== null) {
    return 'cut';
  }
  if (!(error instanceof AwsError)) {
    options.onInternalError(error, request);
  }
  return errorResponse(error, { ...request, service: route.service });
}

function withCors(
  request: FrontRequest,
  response: CloudResponse,
  options: FrontOptions,
): CloudResponse {
  const headers = { ...response.headers, ...options.s3.corsHeaders(request) };
  return { ...response, headers };
}
