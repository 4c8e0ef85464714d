import {
  checkUpdateHeader,
  type Metrics,
  parseUpdateKey,
  type RejectionDetail,
  SEAL_ENTRIES_MAX,
  updateBytesMax,
  updateHeaderBytesMax,
} from '@tributary/client/protocol';
import type { Work } from '../planning/work-time.ts';
import type { ObjectPin } from '../storage/object-store.ts';
import type { Claim } from './claim.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { OpenRound, StepContext } from './step.ts';

/** Requests that one header takes: for the checksum, and for its bytes. */
const HEADER_REQUESTS = 2;

/** The most that reading the headers of one seal can take. */
const HEADERS_WORK: Work = { requests: SEAL_ENTRIES_MAX * HEADER_REQUESTS, bytes: 0 };

/** Headers read at once: each waits for two small requests. */
const IN_FLIGHT_MAX = 32;

/**
 * Outcomes a warm function keeps, so that closing by goal and sealing read each header once: half a
 * kilobyte each, 3 with as many metrics of as long names as may be, 60 MB at the worst. Details of
 * bad ones are bounded by less.
 */
const CACHED_MAX = 20_000;

/** An update as it lies in the bucket, not yet sealed. */
export interface UnsealedUpdate extends ObjectPin {
  readonly device: string;
}

/** S3 checks the SHA-256 of what a slot lets in; something else wrote this object. */
const CHECKSUM_MISSING: HeaderOutcome = {
  kind: 'invalid',
  code: 'checksum-missing',
  detail: {
    message:
      'Update was stored without a SHA-256, expected one that storage has checked; upload it through a slot',
  },
};

export type HeaderOutcome =
  | {
      readonly kind: 'valid';
      readonly sha256: string;
      readonly exampleCount: number;
      readonly metrics: Metrics;
      readonly dataOffset: number;
    }
  | {
      readonly kind: 'invalid';
      readonly code: string;
      readonly detail: RejectionDetail;
      /** Lower-case hex; absent where storage knows none. */
      readonly sha256?: string;
    };

/** An update with what its header says. */
export interface CheckedUpdate extends UnsealedUpdate {
  readonly header: HeaderOutcome;
}

/** Outcomes by key and ETag; bounded, oldest out first. */
export class HeaderCache {
  readonly #outcomes = new Map<string, HeaderOutcome>();

  get({ key, etag }: ObjectPin): HeaderOutcome | undefined {
    return this.#outcomes.get(`${key} ${etag}`);
  }

  keep({ key, etag }: ObjectPin, outcome: HeaderOutcome): void {
    const oldest = this.#outcomes.keys().next();
    if (this.#outcomes.size >= CACHED_MAX && !oldest.done) this.#outcomes.delete(oldest.value);
    this.#outcomes.set(`${key} ${etag}`, outcome);
  }
}

/** What reading some headers takes, as a claim tells it. */
export function headersWork(
  { headers }: StepContext,
  updates: readonly UnsealedUpdate[],
): Pick<Claim, 'work' | 'left'> {
  const unread = updates.filter((update) => headers.get(update) === undefined);
  return { work: HEADERS_WORK, left: { requests: unread.length * HEADER_REQUESTS, bytes: 0 } };
}

/** Lists a group's updates that no seal names yet, in key order. */
export async function listUnsealed(
  { records }: StepContext,
  prefix: string,
  sealed: ReadonlySet<string>,
): Promise<UnsealedUpdate[]> {
  const unsealed: UnsealedUpdate[] = [];
  for await (const pin of records.store.list(prefix)) {
    const device = parseUpdateKey(pin.key)?.device;
    if (device !== undefined && !sealed.has(device)) unsealed.push({ ...pin, device });
  }
  return unsealed;
}

/** Reads and checks the headers of updates, a bounded number at once; updates gone meanwhile are left out. */
export async function readHeaders(
  context: StepContext,
  open: OpenRound,
  updates: readonly UnsealedUpdate[],
): Promise<CheckedUpdate[]> {
  const checked = await mapConcurrently(updates, IN_FLIGHT_MAX, async (update) => {
    const header = context.headers.get(update) ?? (await readHeader(context, open, update));
    if (header === undefined) return undefined;
    context.headers.keep(update, header);
    return { ...update, header };
  });
  return checked.filter((update) => update !== undefined);
}

async function readHeader(
  { records }: StepContext,
  { plan: { plan }, round }: OpenRound,
  update: UnsealedUpdate,
): Promise<HeaderOutcome | undefined> {
  const expected = {
    plan,
    baseVersion: round.base.version,
    device: update.device,
    fileBytes: update.bytes,
  };
  // Slots bind the length, so only a stranger with write access gets here; nothing of it is read.
  if (update.bytes > updateBytesMax(plan)) {
    const tooLarge = checkUpdateHeader(new Uint8Array(), expected);
    if (tooLarge.kind === 'invalid') return tooLarge;
  }
  const [facts, prefix] = await Promise.all([
    records.store.head(update.key),
    records.store.getRange(update, { begin: 0, end: updateHeaderBytesMax(plan) }),
  ]);
  if (facts === undefined || prefix === undefined || facts.etag !== update.etag) return undefined;
  if (facts.sha256 === undefined) return CHECKSUM_MISSING;
  const outcome = checkUpdateHeader(prefix, expected);
  if (outcome.kind === 'invalid') return { ...outcome, sha256: facts.sha256 };
  return {
    kind: 'valid',
    sha256: facts.sha256,
    exampleCount: outcome.exampleCount,
    metrics: outcome.metrics,
    dataOffset: outcome.dataOffset,
  };
}
