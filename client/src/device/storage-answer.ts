import { InvocationFailedError, RequestRefusedError } from '../protocol/index.ts';
import { readStart } from './body.ts';
import { type Attempt, isTransientStatus, statedWaitSeconds } from './retry.ts';

/** Enough for any error document of S3; the rest of a longer one is not read. */
const STORAGE_ERROR_BYTES_MAX = 16 * 1024;

/** Codes of transfers that broke off; the same request may succeed. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['RequestTimeout', 'IncompleteBody']);

/** Codes that mean that the request is another one than was signed. */
const CHANGED_REQUEST: ReadonlySet<string> = new Set([
  'BadDigest',
  'MissingContentLength',
  'NotImplemented',
  'SignatureDoesNotMatch',
]);

/** What object storage, or something before it, answered to a request on a presigned URL. */
export interface StorageFault {
  /** For messages, with its article: `the upload of round 3 of model digits`. */
  readonly what: string;
  readonly status: number;
  /** Wait that the answer asks for. */
  readonly retryAfterSeconds: number | undefined;
  /** The error document, XML. */
  readonly body: Uint8Array;
}

/** What is known of a presigned URL. */
export interface UrlFacts {
  /** True when its lifetime is over by this device's own count. */
  readonly isOver: boolean;
  /** What its signature covers, for messages. */
  readonly signed: string;
}

/**
 * Sorts a fault of a presigned URL: `expired` needs a fresh URL, `again` the same request once more,
 * also where the answer is not storage's: a proxy or a login page was in between.
 *
 * @throws {@link RequestRefusedError} `storage-refused` for everything else, with the storage's own
 * code in message and detail.
 */
export function sortStorageFault(
  fault: StorageFault,
  { isOver, signed }: UrlFacts,
): Attempt<{ kind: 'expired' }> {
  const { what, status, retryAfterSeconds } = fault;
  const text = new TextDecoder().decode(fault.body);
  const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1];
  if (isExpired({ status, code, text }, isOver))
    return { kind: 'done', value: { kind: 'expired' } };

  const detail = { status, ...(code === undefined ? {} : { storageCode: code }) };
  if (code === undefined || BROKEN_OFF.has(code) || isTransientStatus(status)) {
    const advice =
      code === undefined && !isTransientStatus(status)
        ? 'without an error document of storage; check what is between this device and storage, such as a proxy or a login page'
        : `(${code ?? 'no code'}); try again later`;
    const message = `Storage answered ${what} with status ${status} ${advice}`;
    const error = new InvocationFailedError(message, { code: 'storage-unavailable', detail });
    return { kind: 'again', retryAfterSeconds, error };
  }

  const isChanged = CHANGED_REQUEST.has(code) || text.includes('headers present in the request');
  const advice = isChanged
    ? `the request is not the one that was signed. Signed are ${signed}; check what changes requests on the way, such as a proxy or a replacement of fetch`
    : "check the deployment's bucket policy";
  throw new RequestRefusedError(
    `Storage refused ${what} with status ${status} (${code}): ${advice}`,
    { code: 'storage-refused', detail },
  );
}

interface StatedFault {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
}

/**
 * True when the URL is no good any more: past its own expiry, or signed by credentials whose session
 * ended first. A denial that gives no reason is one when the lifetime is over by the device's own count.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
function isExpired({ status, code, text }: StatedFault, isOver: boolean): boolean {
  if (status !== 400 && status !== 403) return false;
  if (code === 'ExpiredToken') return true;
  if (code === 'AccessDenied') return isOver || text.includes('Request has expired');
  return code === undefined && isOver;
}

/**
 * True for a page that came in the place of a file: nothing here is ever stored as one.
 *
 * @param response - The answer to a GET.
 */
export function isPage({ headers }: Response): boolean {
  return /^(text\/html|application\/xhtml)/i.test(headers.get('content-type') ?? '');
}

/** Reads an error answer of a presigned URL. */
export async function readFault(
  what: string,
  response: Response,
  now: number,
): Promise<StorageFault> {
  return {
    what,
    status: response.status,
    retryAfterSeconds: statedWaitSeconds(response.headers, now),
    body: await readStart(response, STORAGE_ERROR_BYTES_MAX),
  };
}
