import { type Environment, globalEnvironment } from '../device/environment.ts';

/**
 * The platform's globals, and in Node the proxies that `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` name.
 * What knows of proxies is loaded with the first request, and never by bundles for browsers.
 */
export const proxiedEnvironment: Environment = {
  ...globalEnvironment,
  fetch: async (url, init) => {
    const { proxiedFetch } = await import('#proxy');
    return proxiedFetch(url, init);
  },
};
