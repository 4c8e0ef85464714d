/** Elements `begin` (inclusive) to `end` (exclusive) of the flattened update. */
export interface ElementRange {
  readonly begin: number;
  readonly end: number;
}

/** Elements of a shard are cut at multiples of this, so that blocks of encodings to come divide them. */
const SHARD_ALIGNMENT = 4_096;

/** The contiguous range of elements that shard `shard` of `shards` holds; the last may be shorter or empty. */
export function shardRange(
  elementCount: number,
  { shard, shards }: { readonly shard: number; readonly shards: number },
): ElementRange {
  const size = Math.ceil(elementCount / shards / SHARD_ALIGNMENT) * SHARD_ALIGNMENT;
  const begin = Math.min(elementCount, shard * size);
  return { begin, end: Math.min(elementCount, begin + size) };
}
