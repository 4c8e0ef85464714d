import type { IncomingHttpHeaders } from 'node:http';

/** The parts of an HTTP request that Signature Version 4 covers. */
export interface SignableRequest {
  readonly method: string;
  /** Path as sent, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

/** A Signature Version 4 as the client stated it; nothing about it is verified yet. */
export interface StatedSignature {
  readonly accessKeyId: string;
  /** `YYYYMMDD`, from the credential scope. */
  readonly scopeDate: string;
  readonly region: string;
  readonly service: string;
  /** Names in lower case, in the order stated. */
  readonly signedHeaders: readonly string[];
  /** 64 hex digits. */
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly longDate: string;
  readonly sessionToken: string | undefined;
  /** Lifetime of a presigned URL in seconds, 1 … 604,800; undefined for a signature in the headers. */
  readonly expiresSeconds: number | undefined;
}

/** The value of a header as one string, repeated headers joined as RFC 9110 joins them. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
