import { InvocationFailedError, RequestRefusedError } from '../protocol/index.ts';
import { readStart } from './body.ts';
import { isTransientStatus } from './coordinator-call.ts';
import { type Attempt, retryAfterSeconds } from './retry.ts';

/** Enough for any error document of S3; the rest of a longer one is not read. */
const STORAGE_ERROR_BYTES_MAX = 16 * 1024;

/** What object storage answered to a request on a presigned URL, if not with success. */
export interface StorageFault {
  /** For messages, with its article: `the upload of round 3 of model digits`. */
  readonly what: string;
  readonly status: number;
  readonly retryAfter: string | null;
  /** The error document, XML. */
  readonly body: Uint8Array;
}

/**
 * Sorts a fault of a presigned URL: `expired` needs a fresh URL, `again` the same request once more.
 *
 * @throws {@link RequestRefusedError} `storage-refused` for everything else, with the storage's own
 * code in message and detail.
 */
export function sortStorageFault(fault: StorageFault, now: number): Attempt<{ kind: 'expired' }> {
  const text = new TextDecoder().decode(fault.body);
  const code = /<Code>([A-Za-z0-9.]{1,64})<\/Code>/.exec(text)?.[1] ?? 'without a code';
  if (isExpired(fault.status, code, text)) return { kind: 'done', value: { kind: 'expired' } };
  const detail = { status: fault.status, storageCode: code };
  if (isTransientStatus(fault.status) || code === 'RequestTimeout') {
    return {
      kind: 'again',
      retryAfterSeconds: retryAfterSeconds(fault.retryAfter, now),
      error: new InvocationFailedError(
        `Storage answered ${fault.what} with status ${fault.status} (${code}); try again later`,
        { code: 'storage-unavailable', detail },
      ),
    };
  }
  throw new RequestRefusedError(
    `Storage refused ${fault.what} with status ${fault.status} (${code}); check the clock and the deployment's bucket policy`,
    { code: 'storage-refused', detail },
  );
}

/**
 * True when the URL is no good any more: past its own expiry, or signed by credentials whose session
 * ended first.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
function isExpired(status: number, code: string, text: string): boolean {
  if (status !== 400 && status !== 403) return false;
  return (
    code === 'ExpiredToken' || (code === 'AccessDenied' && text.includes('Request has expired'))
  );
}

/** Reads an error answer of a presigned URL. */
export async function readFault(what: string, response: Response): Promise<StorageFault> {
  return {
    what,
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: await readStart(response, STORAGE_ERROR_BYTES_MAX),
  };
}
