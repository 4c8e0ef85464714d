/** Requests by way of the proxies that the environment names; Node's own `fetch` takes none of them. */
import type { Environment } from '../device/environment.ts';
import { readProxySettings } from './proxy-settings.ts';
import type { ProxyRequestHandler } from './request-handler.ts';

/** What is exchanged for another where there is no Node. */
export interface NodeProxy {
  /** `fetch`, through a proxy where one is set. @throws {@link DeploymentError} `proxy-invalid`. */
  readonly proxiedFetch: Environment['fetch'];
  /**
   * Makes a request handler for the AWS SDK; `undefined` when no proxy is set.
   *
   * @throws {@link DeploymentError} `proxy-invalid`.
   */
  readonly proxiedRequestHandler: () => Promise<ProxyRequestHandler | undefined>;
}

export const proxiedFetch: NodeProxy['proxiedFetch'] = async (url, init) => {
  const settings = readProxySettings(process.env);
  if (settings === undefined) return globalThis.fetch(url, init);
  const { fetchThrough } = await import('./proxy-agent.ts');
  return fetchThrough(settings, url, init);
};

export const proxiedRequestHandler: NodeProxy['proxiedRequestHandler'] = async () => {
  const settings = readProxySettings(process.env);
  if (settings === undefined) return undefined;
  const [{ agentFor }, { ProxyRequestHandler }] = await Promise.all([
    import('./proxy-agent.ts'),
    import('./request-handler.ts'),
  ]);
  return new ProxyRequestHandler(agentFor(settings), settings);
};
