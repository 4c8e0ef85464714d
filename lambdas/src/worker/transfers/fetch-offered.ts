import { CommandError } from '@tributary/client/protocol';

/** Longest wait for a gigabyte at 10 MB/s, the slowest that S3 is to a function. */
const TIMEOUT_MS = 100_000;

/** Path of what a worker offers, within the bucket. */
const OFFERED = /^workers\/[A-Za-z0-9._-]+\/transfers\/[A-Za-z0-9._-]+\/[0-9a-f]{64}$/;

/** What may be fetched. */
export interface OfferedOptions {
  /** A URL of the deployment's bucket, for the key `workers/`. */
  readonly ownUrl: string;
  /** Size of what is expected; nothing larger is read. */
  readonly byteCount: number;
}

/**
 * Gets elements by the presigned URL that another worker of the deployment gave. A caller who could
 * have the function get any URL could reach what only the function can.
 *
 * @throws {@link CommandError} `url-not-allowed`, `fetch-failed`.
 */
export async function fetchOffered(
  url: string,
  { ownUrl, byteCount }: OfferedOptions,
): Promise<Uint8Array> {
  assertOffered(url, ownUrl);
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (cause) {
    throw fetchFailed('could not be reached', cause);
  }
  const stated = Number(response.headers.get('content-length'));
  if (response.status !== 200 || stated !== byteCount || response.body === null) {
    await response.body?.cancel();
    throw fetchFailed(
      response.status === 200
        ? `has ${stated} bytes, expected ${byteCount}`
        : `was answered with status ${response.status}`,
    );
  }
  try {
    // Never more than was stated: HTTP ends a body there.
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw fetchFailed('broke off', cause);
  }
}

function assertOffered(url: string, ownUrl: string): void {
  const { origin, pathname, username, password } = new URL(url);
  const own = new URL(ownUrl);
  const bucketPath = own.pathname.slice(0, -'workers/'.length);
  const isOwn = origin === own.origin && pathname.startsWith(bucketPath);
  const isPlain = username === '' && password === '';
  if (isOwn && isPlain && OFFERED.test(pathname.slice(bucketPath.length))) return;
  throw new CommandError(
    'The URL leads elsewhere than to what a worker of this deployment offers; read there and send here',
    { code: 'url-not-allowed' },
  );
}

function fetchFailed(what: string, cause?: unknown): CommandError {
  return new CommandError(`What another worker offered ${what}; read it there again`, {
    code: 'fetch-failed',
    cause,
  });
}
