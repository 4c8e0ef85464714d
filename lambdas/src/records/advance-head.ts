import {
  encodeJson,
  type Head,
  headKey,
  InvocationFailedError,
  type ResultObject,
} from '@tributary/client/protocol';
import type { HeadRecord, Records } from './records.ts';

/** Lost swaps before giving up; each loss means that somebody else moved head forward. */
const ATTEMPTS_MAX = 16;

/**
 * Moves head to a result, only ever forward. Calling it twice, late or concurrently is harmless: head
 * is a cache, and readers walk on from it by the results.
 *
 * @returns Where head stands afterwards: at this result or a later one.
 * @throws {@link InvocationFailedError} `head-contended` when every swap is lost.
 */
export async function advanceHead(
  records: Records,
  model: string,
  result: Pick<ResultObject, 'round' | 'version'>,
): Promise<Head> {
  const key = headKey(model);
  const target: Head = { schema: 1, round: result.round, version: result.version };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const { head, etag } = await ensureHead(records, model);
    if (head.round >= target.round) return head;
    const outcome = await records.store.replace({ key, etag }, encodeJson(target));
    if (outcome.kind === 'replaced') return target;
  }
  throw new InvocationFailedError(
    `Head of ${model} changed ${ATTEMPTS_MAX} times while it was moved to round ${target.round}; the step will be tried again`,
    { code: 'head-contended' },
  );
}

/** Reads head, or makes a model's first: creation may have stopped between plan and head. */
export async function ensureHead(records: Records, model: string): Promise<HeadRecord> {
  const there = await records.head(model);
  if (there !== undefined) return there;
  const first: Head = { schema: 1, round: 0, version: 0 };
  await records.store.putOnce(headKey(model), encodeJson(first));
  const made = await records.head(model);
  if (made !== undefined) return made;
  throw new Error(`${headKey(model)} was written and is gone: head is never deleted`);
}
