/**
 * What a browser may have against a request that got no answer: scripts are not told, so the message
 * names what the page itself can see. Empty outside of browsers and for the page's own origin.
 *
 * @param url - Where the request went.
 */
export function browserHint(url: string): string {
  const page = pageOrigin();
  const target = /^[a-z]+:\/\/[^/?#]*/i.exec(url)?.[0];
  if (page === undefined || target === undefined || target === page) return '';

  if (page.startsWith('https:') && target.startsWith('http:') && !isLoopback(target)) {
    return `. A page served by https may not send requests to ${target} (mixed content): use an https address`;
  }
  const advice =
    page === 'null'
      ? 'this page has no origin that could be allowed, serve it by http from localhost or by https'
      : `the operator of the federation allows it with cdk deploy -c allowedOrigins=${page}`;
  return `. If both are right, the browser kept the answer back because ${target} does not allow scripts of the origin ${page} (CORS): ${advice}`;
}

/** Origin of the page, or of the page that started the worker; `undefined` outside of browsers. */
function pageOrigin(): string | undefined {
  const { location } = globalThis as { readonly location?: { readonly origin?: unknown } };
  return typeof location?.origin === 'string' ? location.origin : undefined;
}

function isLoopback(target: string): boolean {
  return /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(target);
}
