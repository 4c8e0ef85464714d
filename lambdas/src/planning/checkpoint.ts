/** When a group is sealed while its round still collects, and how much one seal may name. Pure. */
import { type RoundObject, SEAL_ENTRIES_MAX } from '@tributary/client/protocol';

/** Fewest updates worth a seal and a fold of their own. */
const CHECKPOINT_ENTRIES_MIN = 256;

/** Checkpoints a full group is cut into at most: readers of outcomes go through all of them. */
const CHECKPOINTS_MAX = 16;

/** Bytes that one fold reads within its 15 minutes, at a third of the planned 75 MB/s. */
const FOLD_BYTES_MAX = 22_500_000_000;

/**
 * Unsealed updates that make a group due for a checkpoint. What a seal names is read by nobody again
 * while the round collects, and its folds run before the close.
 */
export function checkpointEntries({ groupCapacity }: RoundObject): number {
  const share = Math.ceil(groupCapacity / CHECKPOINTS_MAX);
  return Math.min(SEAL_ENTRIES_MAX, Math.max(CHECKPOINT_ENTRIES_MIN, share));
}

/** The first updates, in their order, that one seal may name: at most 2,000, and what one fold can read. */
export function takeSealable<T extends { readonly bytes: number }>(
  updates: readonly T[],
  { shards }: RoundObject,
): T[] {
  let bytes = 0;
  let count = 0;
  for (const update of updates.slice(0, SEAL_ENTRIES_MAX)) {
    bytes += update.bytes / shards;
    if (bytes > FOLD_BYTES_MAX && count > 0) break;
    count += 1;
  }
  return updates.slice(0, count);
}
