/** What `fetch` says of a port that the Fetch standard blocks, such as 9; nothing is ever sent there. */
const BLOCKED_PORT = 'bad port';

/** Codes that say that nobody is there: nothing listens at the address, or no host has the name. */
const NOBODY_THERE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', BLOCKED_PORT]);

/** Causes looked into: `fetch` wraps a connection's error once, a race of addresses once more. */
const DEPTH_MAX = 4;

/**
 * Node's code for why a connection failed, such as `ECONNREFUSED`, or `bad port`; browsers tell none.
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

/** A URL as messages may show it: credentials and query, which are secrets, are left out. */
export function shownUrl(url: string): string {
  // By hand: React Native's URL has no origin.
  const withoutQuery = url.replace(/[?#].*$/s, '');
  return withoutQuery.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}
