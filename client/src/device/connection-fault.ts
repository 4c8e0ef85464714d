/** What `fetch` says of a port that the Fetch standard blocks, such as 9; nothing is ever sent there. */
const BLOCKED_PORT = 'bad port';

/** What undici says of a proxy that opens no way to an https address; it has no code for it. */
const PROXY_ANSWER = /^Proxy response \((\d{3})\)/;

/** What `fetch` makes of an answer with status 407. */
const PROXY_REFUSAL = /^proxy authentication required/i;

/** Node's `fetch` gives no reason for a 407 and a reason, or a code, for everything else. */
function isReasonless(error: object): boolean {
  const isPlain = error instanceof Error && error.name === 'Error' && error.message === '';
  return isPlain && !('code' in error) && !('cause' in error);
}

/** The fault of a proxy that wants credentials, or others. */
const PROXY_WANTS_CREDENTIALS = 'the proxy answered 407: it wants user:password@ in its URL';

/** Codes that say that nobody is there: nothing listens at the address, or no host has the name. */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  BLOCKED_PORT,
  PROXY_WANTS_CREDENTIALS,
]);

/** Causes looked into: `fetch` wraps a connection's error once, a race of addresses once more. */
const DEPTH_MAX = 4;

/**
 * Node's code for why a connection failed, such as `ECONNREFUSED`, or `bad port`, or what a proxy
 * answered; browsers tell none.
 *
 * @param error - Whatever `fetch` or an SDK threw; its causes are looked into.
 */
export function connectionFault(error: unknown): string | undefined {
  let current = error;
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    if (typeof current !== 'object' || current === null) return undefined;
    const { code, message, cause, errors } = current as {
      readonly code?: unknown;
      readonly message?: unknown;
      readonly cause?: unknown;
      readonly errors?: readonly unknown[];
    };
    const proxyStatus = PROXY_ANSWER.exec(String(message))?.[1];
    if (proxyStatus === '407' || PROXY_REFUSAL.test(String(message)) || isReasonless(current))
      return PROXY_WANTS_CREDENTIALS;
    if (proxyStatus !== undefined) return `the proxy answered ${proxyStatus}`;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)) return code;
    if (message === BLOCKED_PORT) return BLOCKED_PORT;
    current = cause ?? errors?.[0];
  }
  return undefined;
}

/** True for a code of {@link connectionFault} that tells a wrong address from a bad connection. */
export function isNobodyThere(code: string | undefined): boolean {
  return code !== undefined && NOBODY_THERE.has(code);
}

/** True when a proxy wants credentials, which no other attempt gives it. */
export function isCredentialFault(fault: unknown): boolean {
  return fault === PROXY_WANTS_CREDENTIALS;
}

/** What a proxy answered instead of the server, if a fault of {@link connectionFault} says so. */
export function isProxyFault(fault: string): boolean {
  return fault.startsWith('the proxy answered ');
}

/** Names the proxies that a request may have gone through, for an enumeration; empty where none are set. */
export function proxyHint(error: unknown): string {
  const { proxies } = (error ?? {}) as { readonly proxies?: unknown };
  return typeof proxies === 'string' ? `, the proxy ${proxies} (HTTPS_PROXY, HTTP_PROXY)` : '';
}

/** What to do about a proxy that wants credentials. */
export const PROXY_CREDENTIALS_ADVICE =
  "put a user and password that it takes into the proxy's URL, as in HTTPS_PROXY=http://user:password@proxy:8080";

/** A URL as messages may show it: credentials and query, which are secrets, are left out. */
export function shownUrl(url: string): string {
  // By hand: React Native's URL has no origin.
  const withoutQuery = url.replace(/[?#].*$/s, '');
  return withoutQuery.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}
