import { type Dispatcher, request } from 'undici';
import { namingProxies } from './proxy-agent.ts';
import type { ProxySettings } from './proxy-settings.ts';

/** A request of the AWS SDK, signed already. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer as the AWS SDK reads it. */
export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Dispatcher.ResponseData['body'];
}

/** Sends the AWS SDK's requests through a dispatcher, which knows of proxies. */
export class ProxyRequestHandler {
  readonly metadata: { readonly handlerProtocol: string } = { handlerProtocol: 'http/1.1' };
  readonly #dispatcher: Dispatcher;
  readonly #settings: ProxySettings;

  constructor(dispatcher: Dispatcher, settings: ProxySettings) {
    this.#dispatcher = dispatcher;
    this.#settings = settings;
  }

  async handle(
    sdkRequest: SdkRequest,
    options: { readonly abortSignal?: unknown } = {},
  ): Promise<{ readonly response: SdkResponse }> {
    const { method, headers, body } = sdkRequest;
    const init = {
      dispatcher: this.#dispatcher,
      method: method as Dispatcher.HttpMethod,
      headers: { ...headers },
      body: (body ?? null) as Uint8Array | string | null,
      signal: (options.abortSignal ?? null) as AbortSignal | null,
    };
    const answer = await namingProxies(this.#settings, () => request(urlOf(sdkRequest), init));
    const { statusCode, body: answered } = answer;
    return { response: { statusCode, headers: flattened(answer.headers), body: answered } };
  }

  /** The SDK asks for this; the settings are the environment's. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }
}

/** As it was signed: the SDK's own encoding of the query is the strict one. */
function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (value === null) return [escapeStrictly(name)];
    const values = typeof value === 'string' ? [value] : value;
    return values.map((each) => `${escapeStrictly(name)}=${escapeStrictly(each)}`);
  });
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${host}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
function escapeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function flattened(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]);
  return Object.fromEntries(pairs);
}
