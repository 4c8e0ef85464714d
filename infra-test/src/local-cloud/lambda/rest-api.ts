import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { CloudRequest, CloudResponse } from '../service.ts';
import { parseJson } from '../sqs/json.ts';
import { readBody } from '../sqs/request-body.ts';

/** A refusal of an AWS REST-JSON API, by its exception's name. */
export class RestError extends Error {
  override readonly name = 'RestError';
  /** Exception name, as `ResourceNotFoundException`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** One operation: method, path with one group per path parameter, and what to do. */
export interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  /** @param parameters - The path's groups, percent-decoded. */
  handle(
    request: CloudRequest,
    ...parameters: string[]
  ): CloudResponse | object | Promise<CloudResponse | object>;
}

/** Most bytes of a request's body: a 50 MB archive in base64, and its JSON. */
const BODY_BYTES_MAX = 70_000_000;

/**
 * Serves a request by the first route that fits; a result that is no response is sent as JSON with status 200.
 *
 * @param service - Named in the refusal of what no route serves.
 */
export async function serve(
  routes: readonly Route[],
  service: string,
  request: CloudRequest,
): Promise<CloudResponse> {
  const found = findRoute(routes, request);
  const operation = found?.route.operation;
  try {
    if (found === undefined) {
      throw new RestError(
        'NotImplemented',
        501,
        `${service} operation ${request.method} ${request.path} isn't implemented by the local cloud`,
      );
    }
    const result = await found.route.handle(request, ...found.parameters);
    return { ...(isResponse(result) ? result : jsonResponse(200, result)), operation };
  } catch (error) {
    if (error instanceof RestError) {
      return { ...errorResponse(error), operation };
    }
    throw error;
  }
}

/** A JSON answer. */
export function jsonResponse(status: number, body: object): CloudResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/**
 * Reads and checks a JSON body; members the local cloud doesn't know are refused rather than ignored.
 *
 * @param refusal - Exception to name when the body doesn't fit.
 * @throws {@link RestError} with that name and status 400.
 */
export async function readInput<Schema extends z.ZodType>(
  request: CloudRequest,
  schema: Schema,
  refusal: string,
): Promise<z.output<Schema>> {
  const body = await readBody(request.body, BODY_BYTES_MAX);
  if (body === 'too-large') {
    throw new RestError('RequestTooLargeException', 413, `Requests have ${BODY_BYTES_MAX} bytes`);
  }
  const json = parseJson(body.toString() || '{}');
  if (json.kind === 'malformed') {
    throw new RestError('SerializationException', 400, json.reason);
  }
  const parsed = schema.safeParse(json.value);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  throw new RestError(refusal, 400, `${issue?.path.join('.') || 'Request'}: ${issue?.message}`);
}

/** A new id in the form AWS gives revisions, requests and mappings. */
export function newId(): string {
  return randomUUID();
}

function findRoute(
  routes: readonly Route[],
  { method, path }: CloudRequest,
): { route: Route; parameters: string[] } | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match !== null) {
      return { route, parameters: match.slice(1).map(decodeURIComponent) };
    }
  }
  return undefined;
}

function isResponse(result: CloudResponse | object): result is CloudResponse {
  return 'status' in result && 'headers' in result;
}

function errorResponse(error: RestError): CloudResponse {
  const response = jsonResponse(error.status, {
    Type: error.status < 500 ? 'User' : 'Service',
    Message: error.message,
  });
  return { ...response, headers: { ...response.headers, 'x-amzn-errortype': error.code } };
}
