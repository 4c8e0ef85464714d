import { DeploymentError } from '../protocol/index.ts';

/** Proxies by the scheme of the target, and hosts that need none. */
export interface ProxySettings {
  /** For targets by http. Empty: none. */
  readonly httpProxy: string;
  /** For targets by https. Empty: `httpProxy`. */
  readonly httpsProxy: string;
  /** Hosts, with their subdomains and an optional port, separated by commas; `*` is every host. */
  readonly noProxy: string;
}

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; in lower case they come first, as elsewhere.
 *
 * @returns `undefined` when no proxy is set.
 * @throws {@link DeploymentError} `proxy-invalid`.
 */
export function readProxySettings(
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
  const read = (name: string) => environment[name.toLowerCase()] || environment[name] || '';
  const httpProxy = checkedProxy('HTTP_PROXY', read('HTTP_PROXY'));
  const httpsProxy = checkedProxy('HTTPS_PROXY', read('HTTPS_PROXY'));
  if (httpProxy === '' && httpsProxy === '') return undefined;
  return { httpProxy, httpsProxy, noProxy: read('NO_PROXY') };
}

/** The proxies as messages may show them, without credentials. */
export function shownProxies({ httpProxy, httpsProxy }: ProxySettings): string {
  const shown = [httpProxy, httpsProxy]
    .filter((url) => url !== '')
    .map((url) => new URL(url).origin);
  return [...new Set(shown)].join(', ');
}

/** `proxy:8080` is what people write for `http://proxy:8080`. Its credentials are in no message. */
function checkedProxy(name: string, text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  const url = trimmed.includes('://') ? trimmed : `http://${trimmed}`;
  if (URL.canParse(url) && /^https?:\/\//i.test(url)) return url;
  throw new DeploymentError(
    `Environment variable ${name} does not hold the URL of an HTTP proxy; expected http://host:port or http://user:password@host:port`,
    { code: 'proxy-invalid', detail: { variable: name } },
  );
}
