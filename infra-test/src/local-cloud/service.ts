import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** One authenticated request, as the HTTP front hands it to the service its signature names. */
export interface CloudRequest {
  readonly requestId: string;
  readonly method: string;
  /** Path as sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The query as sent, without its question mark. */
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
  /** Session token the request was signed with; names the function process that sent it, if one did. */
  readonly sessionToken: string | undefined;
}

/** What a service answers; the HTTP front adds the request id and the connection's headers. */
export interface CloudResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Cookies to set, a `set-cookie` header each. */
  readonly cookies?: readonly string[] | undefined;
  /** Absent for no body. */
  readonly body?: string | Uint8Array | Readable | undefined;
  /**
   * API operation the request turned out to be, for the request counters.
   *
   * @default The operation in the target header, else the method and the first two path segments.
   */
  readonly operation?: string | undefined;
}

/** One AWS service of the local cloud. */
export interface CloudService {
  handle(request: CloudRequest): Promise<CloudResponse>;
  /** Ends every timer, process and connection the service holds. */
  close(): Promise<void>;
  /** What the service bills besides requests, by unit, such as `gigabyteSeconds`. */
  usage?(): Readonly<Record<string, number>>;
}

/** Where S3 delivers its event notifications. */
export interface QueueSink {
  /**
   * Puts one message on a queue.
   *
   * @param options - `delayMs`: how long the message stays invisible; at least 0.
   * @throws Error when no queue has this ARN.
   */
  sendToArn(queueArn: string, body: string, options?: { readonly delayMs?: number }): void;
}

/** What the front needs of the service that runs functions. */
export interface FunctionHost {
  /** Answers an unsigned request below `/_lambda-url/{urlId}/`. */
  handleFunctionUrl(request: CloudRequest): Promise<CloudResponse>;
  /** Ends the process that was given this session token, at once; false when there is none. */
  killProcess(sessionToken: string): boolean;
  /** Names the function whose living process was given this session token. */
  functionNameOf(sessionToken: string): string | undefined;
}
