import { z } from 'zod';
import type { CloudRequest, CloudResponse } from '../service.ts';

/** Longest time a browser may keep a preflight's answer, in seconds; the API reference of CreateFunctionUrlConfig. */
const MAX_AGE_SECONDS_MAX = 86_400;

/** Cross-origin settings of a function URL. */
export interface Cors {
  readonly AllowCredentials?: boolean | undefined;
  readonly AllowHeaders?: readonly string[] | undefined;
  readonly AllowMethods?: readonly string[] | undefined;
  readonly AllowOrigins?: readonly string[] | undefined;
  readonly ExposeHeaders?: readonly string[] | undefined;
  /** Seconds a browser may keep a preflight's answer. */
  readonly MaxAge?: number | undefined;
}

/** Checks cross-origin settings as sent. */
export const corsInput: z.ZodType<Cors> = z.strictObject({
  AllowCredentials: z.boolean().optional(),
  AllowHeaders: z.array(z.string()).max(100).optional(),
  AllowMethods: z.array(z.string().max(6)).max(6).optional(),
  AllowOrigins: z.array(z.string()).max(100).optional(),
  ExposeHeaders: z.array(z.string()).max(100).optional(),
  MaxAge: z.int().min(0).max(MAX_AGE_SECONDS_MAX).optional(),
});

/** Whether a request is a browser's question rather than a call of the function. */
export function isPreflight({ method, headers }: CloudRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

/** Answers a preflight without asking the function. */
export function preflightResponse(request: CloudRequest, cors: Cors): CloudResponse {
  const origin = allowedOrigin(request, cors);
  if (origin === undefined) {
    return { status: 200, headers: {} };
  }
  const headers: Record<string, string> = originHeaders(origin, cors);
  addList(headers, 'access-control-allow-methods', cors.AllowMethods);
  addList(headers, 'access-control-allow-headers', cors.AllowHeaders);
  if (cors.MaxAge !== undefined) {
    headers['access-control-max-age'] = String(cors.MaxAge);
  }
  return { status: 200, headers };
}

/** Adds what the settings say to an answer; the function's own CORS headers give way, so none comes twice. */
export function withCors(
  response: CloudResponse,
  request: CloudRequest,
  cors: Cors,
): CloudResponse {
  const own = Object.entries(response.headers).filter(
    ([name]) => !name.toLowerCase().startsWith('access-control-'),
  );
  const headers: Record<string, string> = Object.fromEntries(own);
  const origin = allowedOrigin(request, cors);
  if (origin !== undefined) {
    Object.assign(headers, originHeaders(origin, cors));
    addList(headers, 'access-control-expose-headers', cors.ExposeHeaders);
  }
  return { ...response, headers };
}

function allowedOrigin({ headers }: CloudRequest, cors: Cors): string | undefined {
  const { origin } = headers;
  const allowed = cors.AllowOrigins ?? [];
  if (origin === undefined || !(allowed.includes('*') || allowed.includes(origin))) {
    return undefined;
  }
  // A browser refuses the wildcard on requests with credentials.
  return allowed.includes('*') && cors.AllowCredentials !== true ? '*' : origin;
}

function originHeaders(origin: string, cors: Cors): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    ...(origin !== '*' && { vary: 'Origin' }),
    ...(cors.AllowCredentials === true && { 'access-control-allow-credentials': 'true' }),
  };
}

function addList(
  headers: Record<string, string>,
  name: string,
  values: readonly string[] | undefined,
): void {
  if (values !== undefined && values.length > 0) {
    headers[name] = values.join(',');
  }
}
