/**
 * Why a browser may give no answer to a request. Scripts are not told, so this finds out what a page can
 * see by itself.
 */
import type { Environment } from './environment.ts';

/** What is known of a request that failed without an answer. */
export type BrowserFault =
  | {
      /** The browser does not let this page have an answer from there; the same request fails again. */
      readonly kind: 'blocked';
      readonly code: 'mixed-content' | 'origin-not-allowed';
      /** What is wrong and what to do, without a full stop. */
      readonly explanation: string;
    }
  | {
      /** Nothing is known to be blocked: the connection, or the address. */
      readonly kind: 'unreachable';
      /** What else to check in a browser, to follow a sentence. */
      readonly hint: string;
    };

const UNREACHABLE_HINT =
  '. A page also sends nothing where its Content-Security-Policy (connect-src) does not name the address, or where an extension of the browser blocks it';

/** A request that failed. */
export interface FailedRequest {
  readonly url: string;
  readonly signal: AbortSignal;
}

/**
 * Finds out why a page of another origin got no answer: where the server answers a request that scripts
 * may not read, it does not allow the page's origin.
 *
 * @returns `undefined` outside of browsers and for the page's own origin.
 */
export async function findBrowserFault(
  request: FailedRequest,
  environment: Environment,
): Promise<BrowserFault | undefined> {
  const page = pageOrigin();
  const target = /^[a-z]+:\/\/[^/?#]*/i.exec(request.url)?.[0];
  if (page === undefined || target === undefined || target === page) return undefined;

  if (page.startsWith('https:') && target.startsWith('http:') && !isLoopback(target)) {
    const explanation = `a page served by https may not send requests to ${target} (mixed content); use an https address`;
    return { kind: 'blocked', code: 'mixed-content', explanation };
  }
  if (await answersOpaquely(target, request.signal, environment)) {
    const explanation = `the browser keeps its answers back, because ${target} does not allow scripts of the origin ${page} (CORS); ${originAdvice(page)}`;
    return { kind: 'blocked', code: 'origin-not-allowed', explanation };
  }
  return { kind: 'unreachable', hint: UNREACHABLE_HINT };
}

function originAdvice(page: string): string {
  return page === 'null'
    ? 'this page has no origin that could be allowed: serve it by https or from localhost'
    : `the operator of the federation allows it with cdk deploy -c allowedOrigins=${page}`;
}

/** Asks in a way that needs no leave, and whose answer no script can read: that one came is all. */
async function answersOpaquely(
  target: string,
  signal: AbortSignal,
  { fetch }: Environment,
): Promise<boolean> {
  try {
    const init = { mode: 'no-cors', cache: 'no-store', credentials: 'omit', signal } as const;
    return (await fetch(`${target}/`, init)).type === 'opaque';
  } catch {
    return false;
  }
}

/** Origin of the page, or of the page that started the worker; `undefined` outside of browsers. */
function pageOrigin(): string | undefined {
  // A worker made from a blob has the origin of its page, but another location.
  const { origin, location } = globalThis as {
    readonly origin?: unknown;
    readonly location?: { readonly origin?: unknown };
  };
  const known = origin ?? location?.origin;
  return typeof known === 'string' ? known : undefined;
}

function isLoopback(target: string): boolean {
  return /^http:\/\/(localhost|[a-z0-9.-]+\.localhost|127(\.[0-9]+){3}|\[::1\])(:|$)/.test(target);
}
