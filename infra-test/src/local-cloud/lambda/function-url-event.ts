import type { CloudRequest } from '../service.ts';

/**
 * Content types whose bodies reach the function as text; every other body, one without a type included, as base64.
 * Forms are not among them: AWS encodes them too.
 */
const TEXT_TYPE = /^(?:text\/|application\/(?:json|xml|javascript)(?:$|[\s;]))/i;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Makes the event of a call to a function URL, payload format 2.0, as JSON.
 *
 * @param rawPath - Percent-encoded path below the function's URL, beginning with a slash.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export function functionUrlEvent(
  request: CloudRequest,
  target: { readonly urlId: string; readonly rawPath: string; readonly body: Buffer },
): string {
  const { urlId, rawPath, body } = target;
  const now = new Date();
  const { cookie, ...headers } = joinHeaders(request);
  const isText = TEXT_TYPE.test(headers['content-type'] ?? '');
  const queryStringParameters = joinQuery(request.query);
  return JSON.stringify({
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: request.rawQuery,
    ...(cookie !== undefined && { cookies: cookie.split('; ') }),
    headers: {
      ...headers,
      'x-forwarded-for': headers['x-forwarded-for'] ?? '127.0.0.1',
      'x-forwarded-proto': 'http',
    },
    ...(Object.keys(queryStringParameters).length > 0 && { queryStringParameters }),
    requestContext: {
      accountId: 'anonymous',
      apiId: urlId,
      authentication: null,
      domainName: headers['host'] ?? '',
      domainPrefix: urlId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: request.requestId,
      routeKey: '$default',
      stage: '$default',
      time: accessLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  });
}

function joinHeaders({ headers }: CloudRequest): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) {
      joined[name] = Array.isArray(value) ? value.join(',') : value;
    }
  }
  return joined;
}

function joinQuery(query: URLSearchParams): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const name of new Set(query.keys())) {
    joined[name] = query.getAll(name).join(',');
  }
  return joined;
}

/** As in `12/Mar/2026:19:03:58 +0000`. */
function accessLogTime(time: Date): string {
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  const date = `${twoDigits(time.getUTCDate())}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}`;
  return `${date}:${time.toISOString().slice(11, 19)} +0000`;
}
