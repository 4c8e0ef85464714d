import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import {
  ALGORITHM_IDENTIFIER,
  createScope,
  getCanonicalHeaders,
  getSigningKey,
  SignatureV4Base,
} from '@smithy/signature-v4';
import type { Credential } from '../credentials.ts';
import { headerOf, type SignableRequest, type StatedSignature } from './signed-request.ts';

/** Characters of a path that Signature Version 4 leaves as they are. */
const PLAIN_PATH = /^[A-Za-z0-9\-._~/]*$/;

/** SHA-256 and HMAC-SHA-256 in the shape the signing library asks for. */
class NodeSha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', toHmacKey(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : toHmacKey(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
}

function toHmacKey(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') {
    return data;
  }
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}

/** Recomputes signatures over exactly the headers a client said it signed. */
class Canonicalizer extends SignatureV4Base {
  constructor(options: { service: string; region: string }) {
    super({
      ...options,
      credentials: { accessKeyId: '', secretAccessKey: '' },
      sha256: NodeSha256,
      uriEscapePath: options.service !== 's3',
    });
  }

  stringToSign(
    request: SignableRequest,
    stated: StatedSignature,
    payloadHash: string,
  ): Promise<string> {
    const signable = {
      method: request.method,
      protocol: 'http:',
      hostname: headerOf(request.headers, 'host') ?? '',
      path: this.service === 's3' ? encodePathOnce(request.path) : request.path,
      query: queryBag(request.query),
      headers: signedHeaderBag(request, stated.signedHeaders),
    };
    const canonicalHeaders = getCanonicalHeaders(
      signable,
      undefined,
      new Set(stated.signedHeaders),
    );
    const scope = createScope(stated.scopeDate, stated.region, stated.service);
    const canonicalRequest = this.createCanonicalRequest(signable, canonicalHeaders, payloadHash);
    return this.createStringToSign(stated.longDate, scope, canonicalRequest, ALGORITHM_IDENTIFIER);
  }
}

/**
 * The signature the request must carry if its sender holds the credential's secret; 64 hex digits.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function expectedSignature(
  request: SignableRequest,
  stated: StatedSignature,
  options: { credential: Credential; payloadHash: string },
): Promise<string> {
  const canonicalizer = new Canonicalizer(stated);
  const text = await canonicalizer.stringToSign(request, stated, options.payloadHash);
  const { accessKeyId, secretAccessKey, sessionToken } = options.credential;
  const key = await getSigningKey(
    NodeSha256,
    { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    stated.scopeDate,
    stated.region,
    stated.service,
  );
  return createHmac('sha256', key).update(text).digest('hex');
}

/** S3 signs the path encoded once, whatever the client left unencoded on the wire. */
function encodePathOnce(path: string): string {
  if (PLAIN_PATH.test(path)) {
    return path;
  }
  return path
    .split('/')
    .map((segment) =>
      encodeURIComponent(decodeURIComponent(segment)).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}

function queryBag(query: URLSearchParams): Record<string, string[]> {
  const bag: Record<string, string[]> = Object.create(null);
  for (const [name, value] of query) {
    bag[name] = [...(bag[name] ?? []), value];
  }
  return bag;
}

function signedHeaderBag(
  request: SignableRequest,
  signedHeaders: readonly string[],
): Record<string, string> {
  const bag: Record<string, string> = {};
  for (const name of signedHeaders) {
    const value = headerOf(request.headers, name);
    if (value !== undefined) {
      bag[name] = value;
    }
  }
  return bag;
}
