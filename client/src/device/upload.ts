import { InvocationFailedError } from '../protocol/index.ts';
import { exchange } from './exchange.ts';
import type { OperationContext } from './progress.ts';
import { type Attempt, withRetries } from './retry.ts';
import type { SlotLease, UploadSlot } from './slot-lease.ts';
import { readFault, type StorageFault, sortStorageFault, type UrlFacts } from './storage-answer.ts';

/** Longest upload: a minute, and time for 16 KiB a second, below the slowest mobile uplinks. */
const UPLOAD_BASE_MS = 60_000;
const UPLOAD_BYTES_PER_MS = 16.384;

/** Bytes to put under a slot. */
export interface UploadRequest {
  /** For messages, with its article: `the upload of round 3 of model digits`. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly lease: SlotLease;
}

/**
 * `stored`: these bytes are there. `exists`: something is; the own bytes, when an answer was lost, or
 * others.
 */
export type Uploaded = 'stored' | 'exists';

/**
 * Puts bytes under a slot, the same bytes on every attempt. A 409 means that nothing was written and
 * is tried again; a 412 that the key is taken. Another slot is asked for only when this one has expired.
 *
 * @throws {@link RequestRefusedError} `storage-refused`; `url-expired` when fresh URLs are taken for
 * expired.
 * @throws {@link InvocationFailedError} when attempts are used up; what asking for a slot throws.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function uploadBytes(
  request: UploadRequest,
  context: OperationContext,
): Promise<Uploaded> {
  const { lease } = request;
  const total = request.bytes.length;
  const report = (done: number) =>
    context.progress.report({ phase: 'upload', done, total, unit: 'byte' });
  let slot = await lease.current();
  report(0);
  for (;;) {
    const outcome = await putWithRetries(request, slot, context);
    if (outcome !== 'expired') {
      report(total);
      return outcome;
    }
    lease.markExpired();
    slot = await lease.current();
  }
}

function putWithRetries(
  request: UploadRequest,
  slot: UploadSlot,
  context: OperationContext,
): Promise<PutOutcome> {
  return withRetries(() => put(request, slot, context), context);
}

type PutOutcome = Uploaded | 'expired';

async function put(
  { what, bytes, lease }: UploadRequest,
  slot: UploadSlot,
  context: OperationContext,
): Promise<Attempt<PutOutcome>> {
  const exchanged = await exchange(
    {
      what,
      method: 'PUT',
      url: slot.url,
      headers: slot.headers,
      body: bytes,
      timeoutMs: UPLOAD_BASE_MS + Math.ceil(bytes.length / UPLOAD_BYTES_PER_MS),
    },
    (response) => readFault(what, response, context.environment.now()),
    context,
  );
  if (exchanged.kind === 'unreachable') {
    const { error, isBlocked } = exchanged;
    return { kind: 'again', error, isBlocked };
  }
  return sortPut(exchanged.value, {
    isOver: lease.isOver(),
    signed: signedParts(bytes.length, slot),
  });
}

/** What the signature of a slot covers, so that a reader can find what differs. */
function signedParts(bytes: number, { headers }: UploadSlot): string {
  const names = ['host', ...Object.keys(headers)].join(', ');
  return `PUT, the whole URL, content-length ${bytes} (not chunked, not a form) and the headers ${names}`;
}

function sortPut(answer: StorageFault, known: UrlFacts): Attempt<PutOutcome> {
  const isSuccess = answer.status >= 200 && answer.status < 300;
  // S3 answers a PUT without a body; a login page or a proxy's page is no sign that anything is stored.
  if (isSuccess && answer.body.length === 0) return { kind: 'done', value: 'stored' };
  if (answer.status === 412) return { kind: 'done', value: 'exists' };
  if (answer.status === 409) return conflict(answer);
  const sorted = sortStorageFault(answer, known);
  return sorted.kind === 'done' ? { kind: 'done', value: sorted.value.kind } : sorted;
}

/** Two conditional writes met and neither was decided: nothing is known to be there. */
function conflict({ what, status, retryAfterSeconds }: StorageFault): Attempt<never> {
  return {
    kind: 'again',
    retryAfterSeconds,
    error: new InvocationFailedError(
      `Storage answered ${what} with a conflict each time; try again later`,
      { code: 'storage-conflict', detail: { status } },
    ),
  };
}
