import type { Slot } from '../protocol/index.ts';
import { InvocationFailedError, RequestRefusedError } from '../protocol/index.ts';
import { exchange } from './exchange.ts';
import type { OperationContext } from './progress.ts';
import { type Attempt, retryAfterSeconds, withRetries } from './retry.ts';
import { readFault, type StorageFault, sortStorageFault } from './storage-answer.ts';

/** Longest upload: a minute, and time for 16 KiB a second, below the slowest mobile uplinks. */
const UPLOAD_BASE_MS = 60_000;
const UPLOAD_BYTES_PER_MS = 16.384;

/** Where bytes may be put, and with which headers. */
export type UploadSlot = Pick<Slot, 'url' | 'headers'>;

/** Bytes to put under a slot. */
export interface UploadRequest {
  /** For messages, with its article: `the upload of round 3 of model digits`. */
  readonly what: string;
  readonly bytes: Uint8Array;
  readonly slot: UploadSlot;
  /** Asks for the same slot with a fresh URL. */
  readonly refresh: () => Promise<UploadSlot>;
}

/**
 * `stored`: these bytes are there. `exists`: something is; the own bytes, when an answer was lost, or
 * others.
 */
export type Uploaded = 'stored' | 'exists';

/**
 * Puts bytes under a slot, the same bytes on every attempt. A 409 means that nothing was written and
 * is tried again; a 412 that the key is taken.
 *
 * @throws {@link RequestRefusedError} `storage-refused`; `url-expired` when a fresh URL has expired too.
 * @throws {@link InvocationFailedError} when attempts are used up; whatever `refresh` throws.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function uploadBytes(
  request: UploadRequest,
  context: OperationContext,
): Promise<Uploaded> {
  const total = request.bytes.length;
  const report = (done: number) =>
    context.progress.report({ phase: 'upload', done, total, unit: 'byte' });
  report(0);
  let outcome = await putWithRetries(request, request.slot, context);
  if (outcome === 'expired') {
    outcome = await putWithRetries(request, await request.refresh(), context);
  }
  if (outcome === 'expired') {
    throw new RequestRefusedError(
      `A fresh URL for ${request.what} has expired too; check the clocks of this device and the deployment`,
      { code: 'url-expired' },
    );
  }
  report(total);
  return outcome;
}

type PutOutcome = Uploaded | 'expired';

function putWithRetries(
  request: UploadRequest,
  slot: UploadSlot,
  context: OperationContext,
): Promise<PutOutcome> {
  return withRetries(() => put(request, slot, context), context);
}

async function put(
  { what, bytes }: UploadRequest,
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
    (response) => readFault(what, response),
    context,
  );
  if (exchanged.kind === 'unreachable') return { kind: 'again', error: exchanged.error };
  return sortPut(exchanged.value, context.environment.now());
}

function sortPut(answer: StorageFault, now: number): Attempt<PutOutcome> {
  if (answer.status >= 200 && answer.status < 300) return { kind: 'done', value: 'stored' };
  if (answer.status === 412) return { kind: 'done', value: 'exists' };
  if (answer.status === 409) return conflict(answer, now);
  const sorted = sortStorageFault(answer, now);
  return sorted.kind === 'done' ? { kind: 'done', value: sorted.value.kind } : sorted;
}

/** Two conditional writes met and neither was decided: nothing is known to be there. */
function conflict(answer: StorageFault, now: number): Attempt<never> {
  return {
    kind: 'again',
    retryAfterSeconds: retryAfterSeconds(answer.retryAfter, now),
    error: new InvocationFailedError(
      `Storage answered ${answer.what} with a conflict each time; try again later`,
      { code: 'storage-conflict', detail: { status: answer.status } },
    ),
  };
}
