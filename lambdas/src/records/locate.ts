import type { RoundObject } from '@tributary/client/protocol';
import { ensureHead } from './advance-head.ts';
import type { HeadRecord, Records } from './records.ts';

/** Where a model stands, by its results alone: head may lag behind them. */
export interface Location {
  readonly head: HeadRecord;
  /** Last finished round; 0 before the first. */
  readonly finished: number;
  /** The version devices train from. */
  readonly version: number;
  /** The open round's number, or the number the next one will have: the first without a result. */
  readonly next: number;
  readonly open: RoundObject | undefined;
}

/**
 * Finds a model's open round; `undefined` for a model that was never created. The plan creates a model:
 * one whose creation stopped right after it gets its head now.
 */
export async function locate(records: Records, model: string): Promise<Location | undefined> {
  const head = await findHead(records, model);
  if (head === undefined) return undefined;
  let finished = head.head.round;
  let version = head.head.version;
  for (;;) {
    const id = { model, round: finished + 1 };
    const result = await records.result(id);
    if (result === undefined) {
      return { head, finished, version, next: id.round, open: await records.round(id) };
    }
    finished = id.round;
    version = result.version;
  }
}

async function findHead(records: Records, model: string): Promise<HeadRecord | undefined> {
  const there = await records.head(model);
  if (there !== undefined || (await records.plan(model)) === undefined) return there;
  return ensureHead(records, model);
}
