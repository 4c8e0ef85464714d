/** A function URL's events and answers, payload version 2.0, as far as the coordinator uses them. */
import { REQUEST_BODY_BYTES_MAX, RequestRefusedError } from '@tributary/client/protocol';
import * as z from 'zod';
import type { StatedRefusal } from '../refusal.ts';

export interface HttpRequest {
  readonly method: string;
  /** Without the query; may begin with whatever path the federation's base URL has. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: Uint8Array;
}

export interface HttpReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface FunctionUrlEvent {
  readonly rawPath: string;
  readonly rawQueryString?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly body?: string | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

const functionUrlEventSchema: z.ZodType<FunctionUrlEvent> = z.object({
  rawPath: z.string(),
  rawQueryString: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  requestContext: z.object({ http: z.object({ method: z.string() }) }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** Reads an event as an HTTP request; `undefined` for any other event. */
export function httpRequestOf(event: unknown): HttpRequest | undefined {
  const parsed = functionUrlEventSchema.safeParse(event);
  if (!parsed.success) return undefined;
  const { rawPath, rawQueryString, headers, requestContext, body, isBase64Encoded } = parsed.data;
  return {
    method: requestContext.http.method,
    path: rawPath,
    query: new URLSearchParams(rawQueryString),
    // Function URLs write header names in lower case.
    authorization: headers?.['authorization'],
    // Any content type but text and JSON arrives in base64.
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** @throws `body-too-large`: the largest honest body is a hundredth of the limit. */
export function assertBodySize({ body }: HttpRequest): void {
  if (body.length <= REQUEST_BODY_BYTES_MAX) return;
  throw new RequestRefusedError(
    `Request body has ${body.length} bytes, at most ${REQUEST_BODY_BYTES_MAX} are read; send the JSON object alone, updates go to the slot's URL`,
    { code: 'body-too-large', detail: { bytes: body.length, bytesMax: REQUEST_BODY_BYTES_MAX } },
  );
}

/** Answers hold URLs that work for anybody, so nothing on the way may keep them. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
};

export function replyWith(answer: object): HttpReply {
  return { statusCode: 200, headers: HEADERS, body: JSON.stringify(answer) };
}

export function replyRefusing({ status, refusal }: StatedRefusal): HttpReply {
  const { detail, retryAfterSeconds } = refusal.error;
  const headers = {
    ...HEADERS,
    // RFC 9110 demands these two of 401 and 405.
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(status === 405 ? { allow: String(detail?.['allow']) } : {}),
    ...(retryAfterSeconds === undefined
      ? {}
      : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
  };
  return { statusCode: status, headers, body: JSON.stringify(refusal) };
}
