import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { headerOf } from '../signature/signed-request.ts';
import type { CorsRule } from './bucket-settings.ts';

/** What every cross-origin answer varies by, so that no cache mixes them up. */
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/**
 * The CORS headers of an answer to an actual request; none without an `Origin` that a rule allows.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */
export function corsHeaders(
  rules: readonly CorsRule[],
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
): Record<string, string> {
  const origin = headerOf(request.headers, 'origin');
  const rule = rules.find((candidate) => allows(candidate, origin, request.method));
  return origin === undefined || rule === undefined ? {} : ruleHeaders(rule, origin);
}

/**
 * The headers that answer a preflight.
 *
 * @throws {@link AwsError} `InvalidRequest` when it is no preflight, `AccessForbidden` when no rule allows it.
 */
export function preflightHeaders(
  rules: readonly CorsRule[],
  headers: IncomingHttpHeaders,
): Record<string, string> {
  const origin = headerOf(headers, 'origin');
  const method = headerOf(headers, 'access-control-request-method');
  if (origin === undefined || method === undefined) {
    throw new AwsError(
      'InvalidRequest',
      'Insufficient information. Origin and Access-Control-Request-Method request headers needed',
    );
  }
  const requested = (headerOf(headers, 'access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const rule = rules.find(
    (candidate) =>
      allows(candidate, origin, method) &&
      requested.every((name) => candidate.allowedHeaders.some((p) => isLike(name, p))),
  );
  if (rule === undefined) {
    throw new AwsError(
      'AccessForbidden',
      rules.length === 0
        ? 'CORSResponse: CORS is not enabled for this bucket'
        : 'CORSResponse: This CORS request is not allowed',
      { details: { Method: method, ResourceType: 'OBJECT' } },
    );
  }
  return {
    ...ruleHeaders(rule, origin),
    ...(requested.length > 0 && { 'access-control-allow-headers': requested.join(', ') }),
  };
}

function allows(rule: CorsRule, origin: string | undefined, method: string): boolean {
  return (
    origin !== undefined &&
    rule.allowedMethods.includes(method) &&
    rule.allowedOrigins.some((pattern) => isLike(origin, pattern))
  );
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const isPublic = rule.allowedOrigins.includes('*');
  return {
    'access-control-allow-origin': isPublic ? '*' : origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(!isPublic && { 'access-control-allow-credentials': 'true' }),
    ...(rule.exposeHeaders.length > 0 && {
      'access-control-expose-headers': rule.exposeHeaders.join(', '),
    }),
    ...(rule.maxAgeSeconds !== undefined && {
      'access-control-max-age': String(rule.maxAgeSeconds),
    }),
    vary: VARY,
  };
}

/** Matches a text against a pattern with at most one `*`, in any case. */
function isLike(text: string, pattern: string): boolean {
  const [head = '', tail] = pattern.toLowerCase().split('*');
  const lower = text.toLowerCase();
  return tail === undefined
    ? lower === head
    : lower.length >= head.length + tail.length && lower.startsWith(head) && lower.endsWith(tail);
}
