/** Stands in for `node-proxy.ts` where the platform has proxies of its own: browsers, React Native. */
import type { NodeProxy } from './node-proxy.ts';

/** The platform's own `fetch`. */
export const proxiedFetch: NodeProxy['proxiedFetch'] = (url, init) => globalThis.fetch(url, init);
