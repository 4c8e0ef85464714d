import { z } from 'zod';
import type { CloudResponse } from '../service.ts';
import { parseJson } from '../sqs/json.ts';

const structured = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
  cookies: z.array(z.string()).nullish(),
});

/** What callers get when a function failed or answered nonsense: nothing of the inside. */
export const BAD_GATEWAY: CloudResponse = {
  status: 502,
  headers: { 'content-type': 'text/plain' },
  body: 'Internal Server Error',
};

/**
 * Turns a function's result into the HTTP answer: a structured one if it names a status, else the JSON itself.
 *
 * @param payload - The result, as JSON.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function functionUrlResponse(payload: string): CloudResponse {
  const parsed = parseJson(payload);
  if (parsed.kind === 'malformed') {
    return BAD_GATEWAY;
  }
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || !('statusCode' in value)) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: payload };
  }
  const result = structured.safeParse(value);
  return result.success ? toResponse(result.data) : BAD_GATEWAY;
}

function toResponse(result: z.output<typeof structured>): CloudResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(result.headers ?? {})) {
    headers[name.toLowerCase()] = String(value);
  }
  const body = result.body ?? '';
  return {
    status: result.statusCode,
    headers,
    ...(result.cookies && { cookies: result.cookies }),
    body: result.isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}
