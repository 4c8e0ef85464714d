import { EnvHttpProxyAgent, fetch } from 'undici';
import { type ProxySettings, shownProxies } from './proxy-settings.ts';

/** One for each set of settings: an agent keeps connections. */
const agents = new Map<string, EnvHttpProxyAgent>();

/** The agent that sends each request through the proxy that is meant for it, or through none. */
export function agentFor(settings: ProxySettings): EnvHttpProxyAgent {
  const name = JSON.stringify(settings);
  const agent = agents.get(name) ?? createAgent(settings);
  agents.set(name, agent);
  return agent;
}

function createAgent(settings: ProxySettings): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    ...settings,
    // Proxies forward plain http; many let CONNECT through to port 443 alone.
    proxyTunnel: false,
    // Callers have time-outs of their own; a function may run for 15 minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** `fetch` by way of the proxies. */
export async function fetchThrough(
  settings: ProxySettings,
  url: string,
  init: RequestInit,
): Promise<Response> {
  // The same standard, in two packages' types.
  const options = { ...init, dispatcher: agentFor(settings) } as Parameters<typeof fetch>[1];
  return namingProxies(settings, async () => (await fetch(url, options)) as unknown as Response);
}

/** Lets errors say which proxies are set: the fault may be theirs. */
export async function namingProxies<T>(
  settings: ProxySettings,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) Object.assign(error, { proxies: shownProxies(settings) });
    throw error;
  }
}
