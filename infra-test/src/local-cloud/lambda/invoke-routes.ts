import type { CloudRequest, CloudResponse } from '../service.ts';
import { parseJson } from '../sqs/json.ts';
import { readBody } from '../sqs/request-body.ts';
import type { AsyncInvoker } from './async-invoker.ts';
import type { FunctionRegistry } from './function-registry.ts';
import type { InvocationOutcome, Invoker } from './invoker.ts';
import { RestError, type Route } from './rest-api.ts';

/**
 * Largest event of a synchronous and of an asynchronous invocation, in bytes.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const SYNC_PAYLOAD_BYTES_MAX: number = 6_291_456;
const ASYNC_PAYLOAD_BYTES_MAX = 1_048_576;

/** What invocations work with. */
export interface InvokeRoutesOptions {
  readonly registry: FunctionRegistry;
  readonly invoker: Invoker;
  readonly asyncInvoker: AsyncInvoker;
}

/** Invoke: synchronously, as an event, or dry. */
export function invokeRoutes(options: InvokeRoutesOptions): Route[] {
  return [
    {
      ...{ operation: 'Invoke', method: 'POST' },
      path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/,
      handle: (request, name = '') => invoke(options, request, name),
    },
  ];
}

async function invoke(
  { registry, invoker, asyncInvoker }: InvokeRoutesOptions,
  request: CloudRequest,
  name: string,
): Promise<CloudResponse> {
  const { name: functionName } = registry.get(name);
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const isEvent = type === 'Event';
  const bytesMax = isEvent ? ASYNC_PAYLOAD_BYTES_MAX : SYNC_PAYLOAD_BYTES_MAX;
  const payload = await readPayload(request, bytesMax);
  switch (type) {
    case 'DryRun':
      return { status: 204, headers: {} };
    case 'Event':
      void asyncInvoker.run(functionName, payload);
      return { status: 202, headers: {} };
    case 'RequestResponse': {
      const run = { functionName, atLimit: 'refuse', payload: () => payload } as const;
      const isTailWanted = request.headers['x-amz-log-type'] === 'Tail';
      return present(functionName, await invoker.invoke(run), isTailWanted);
    }
    default:
      throw new RestError(
        'InvalidParameterValueException',
        400,
        `Invocation type ${type} isn't RequestResponse, Event or DryRun`,
      );
  }
}

/** The refusal of a function at its concurrency limit. */
function tooManyRequests(functionName: string): RestError {
  return new RestError(
    'TooManyRequestsException',
    429,
    `Rate Exceeded: function ${functionName} is at its reserved concurrency; try again later`,
  );
}

async function readPayload(request: CloudRequest, bytesMax: number): Promise<string> {
  const body = await readBody(request.body, bytesMax);
  if (body === 'too-large') {
    throw new RestError(
      'RequestTooLargeException',
      413,
      `Request must be smaller than ${bytesMax} bytes for the Invoke operation`,
    );
  }
  const payload = body.toString() || '{}';
  const parsed = parseJson(payload);
  if (parsed.kind === 'malformed') {
    throw new RestError(
      'InvalidRequestContentException',
      400,
      `Could not parse request body into json: ${parsed.reason}`,
    );
  }
  return payload;
}

function present(
  functionName: string,
  outcome: InvocationOutcome,
  isTailWanted: boolean,
): CloudResponse {
  switch (outcome.kind) {
    case 'throttled':
      throw tooManyRequests(functionName);
    case 'gone':
    case 'unused':
      throw new RestError('ServiceException', 500, `Function ${functionName} is gone`);
    case 'done':
      return {
        status: 200,
        headers: {
          'content-type': 'application/json',
          'x-amz-executed-version': '$LATEST',
          ...(outcome.failure && { 'x-amz-function-error': 'Unhandled' }),
          ...(isTailWanted && { 'x-amz-log-result': outcome.logTail }),
        },
        body: outcome.payload,
      };
  }
}
