/** Answers in the place of AWS Lambda's, as proxies, gateways and login pages give them. */

/** What the SDK calls an error whose body it can't read, or that states no type; AWS's always does. */
const FOREIGN_NAMES: ReadonlySet<string> = new Set(['SyntaxError', 'Unknown', 'UnknownError']);

/** An answer that another server gave. */
export interface ForeignAnswer {
  readonly status: number;
  /** Header of a redirect. */
  readonly location: string | null;
}

/** Reads who refused from an error of the SDK; `undefined` where AWS, or no server, did. */
export function foreignAnswer(error: unknown): ForeignAnswer | undefined {
  const { name, $metadata, $response } = (error ?? {}) as {
    readonly name?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly headers?: Readonly<Record<string, unknown>> };
  };
  const status = $metadata?.httpStatusCode;
  if (typeof status !== 'number' || !FOREIGN_NAMES.has(String(name))) return undefined;
  const location = $response?.headers?.['location'];
  return {
    status,
    location: typeof location === 'string' ? location : null,
  };
}

/**
 * True for a payload that is not one whole JSON value: a function's always is. Of an object or list only
 * the ends are looked at, because it may have megabytes.
 */
export function isBrokenPayload(payload: Uint8Array): boolean {
  const text = (part: Uint8Array) => new TextDecoder().decode(part).trim();
  const ends = `${text(payload.subarray(0, 16)).at(0) ?? ''}${text(payload.subarray(-16)).at(-1) ?? ''}`;
  if (/^[{[]/.test(ends)) return ends !== '{}' && ends !== '[]';
  try {
    JSON.parse(text(payload));
    return false;
  } catch {
    return true;
  }
}
