import { assertModelName, parseCount, RequestRefusedError } from '@tributary/client/protocol';
import { refusing } from '../request-json.ts';
import type { HttpRequest } from './http.ts';

/** What a device asks, as its method and path say. */
export type DeviceRoute =
  | { readonly kind: 'check-in'; readonly model: string }
  | { readonly kind: 'slot'; readonly model: string; readonly round: number }
  | { readonly kind: 'outcome'; readonly model: string; readonly round: number }
  | { readonly kind: 'version'; readonly model: string; readonly version: number | 'head' };

interface Pattern {
  readonly method: 'GET' | 'POST';
  /** Only the path's end counts, because the base URL may have a path of its own. */
  readonly path: RegExp;
  readonly route: (model: string, number: string) => DeviceRoute;
}

const PATTERNS: readonly Pattern[] = [
  {
    method: 'POST',
    path: /\/v1\/models\/([^/]+)\/check-in$/,
    route: (model) => ({ kind: 'check-in', model }),
  },
  {
    method: 'POST',
    path: /\/v1\/models\/([^/]+)\/rounds\/([^/]+)\/slot$/,
    route: (model, round) => ({ kind: 'slot', model, round: numberIn(round) }),
  },
  {
    method: 'GET',
    path: /\/v1\/models\/([^/]+)\/rounds\/([^/]+)\/outcome$/,
    route: (model, round) => ({ kind: 'outcome', model, round: numberIn(round) }),
  },
  {
    method: 'GET',
    path: /\/v1\/models\/([^/]+)\/versions\/([^/]+)$/,
    route: (model, version) => ({
      kind: 'version',
      model,
      version: version === 'head' ? version : numberIn(version),
    }),
  },
];

/**
 * Finds the route of a request.
 *
 * @throws {@link RequestRefusedError} `route-unknown`, `method-not-allowed`, `model-name` or
 * `path-malformed`.
 */
export function routeOf({ method, path }: HttpRequest): DeviceRoute {
  for (const pattern of PATTERNS) {
    const match = pattern.path.exec(path);
    if (match === null) continue;
    if (method !== pattern.method) throw methodNotAllowed(method, pattern.method);
    const [, model = '', number = ''] = match;
    refusing(() => assertModelName(model));
    return pattern.route(model, number);
  }
  throw new RequestRefusedError(
    'Unknown path; known routes are /v1/models/{model}/check-in, …/rounds/{round}/slot, …/rounds/{round}/outcome and …/versions/{version}',
    { code: 'route-unknown' },
  );
}

function numberIn(text: string): number {
  const number = parseCount(text);
  if (number !== undefined) return number;
  throw new RequestRefusedError(
    'Path has something else where a round or version number belongs; write it in decimal digits without leading zeros',
    { code: 'path-malformed' },
  );
}

function methodNotAllowed(method: string, allow: string): RequestRefusedError {
  return new RequestRefusedError(`Method ${method} is not allowed on this path; use ${allow}`, {
    code: 'method-not-allowed',
    detail: { allow },
  });
}
