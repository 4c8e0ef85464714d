/** Who holds which training images. */
import { mixSeeds, type Random, seededRandom, shuffledIndices } from '@tributary/client/tfjs';

export interface ShardOptions {
  /** ≥ 1 */
  readonly devices: number;
  readonly seed: number;
  /** Whether every device sees all digits, instead of two. */
  readonly iid: boolean;
}

/** Shards a device gets where the data is split by digit. */
const SHARDS_PER_DEVICE = 2;

/** A piece of the data of one digit, or of a run of digits where there are more digits than shards. */
interface Shard {
  readonly label: number;
  readonly indices: Int32Array;
}

/** `pieces` contiguous parts of as equal a length as possible. */
function cut(indices: Int32Array, pieces: number): Int32Array[] {
  const bound = (i: number): number => Math.floor((i * indices.length) / pieces);
  return Array.from({ length: pieces }, (_, i) => indices.subarray(bound(i), bound(i + 1)));
}

/** Shares `shards` out by class size, one at least each (largest remainder). */
function shardCounts(classSizes: readonly number[], shards: number): number[] {
  const total = classSizes.reduce((sum, size) => sum + size, 0);
  const quotas = classSizes.map((size) => (size * shards) / total);
  const counts = quotas.map((quota) => Math.max(1, Math.floor(quota)));
  const byNeed = (a: number, b: number): number =>
    (quotas[b] ?? 0) - (counts[b] ?? 0) - ((quotas[a] ?? 0) - (counts[a] ?? 0));
  const missing = (): number => shards - counts.reduce((sum, count) => sum + count, 0);
  while (missing() !== 0) {
    const step = Math.sign(missing());
    const order = [...counts.keys()].filter((i) => (counts[i] ?? 0) + step >= 1).sort(byNeed);
    const chosen = (step > 0 ? order[0] : order.at(-1)) ?? 0;
    counts[chosen] = (counts[chosen] ?? 0) + step;
  }
  return counts;
}

/** Sorted by label and cut so that no shard holds two digits, if there are shards enough for that. */
function shardsByLabel(labels: Uint8Array, shards: number, random: Random): Shard[] {
  const byLabel = new Map<number, number[]>();
  for (const index of shuffledIndices(labels.length, random)) {
    const label = labels[index] ?? 0;
    const indices = byLabel.get(label) ?? [];
    indices.push(index);
    byLabel.set(label, indices);
  }
  const classes = [...byLabel].sort(([a], [b]) => a - b);
  if (shards < classes.length) {
    const sorted = Int32Array.from(classes.flatMap(([, indices]) => indices));
    return cut(sorted, shards).map((indices, label) => ({ label, indices }));
  }
  const counts = shardCounts(
    classes.map(([, indices]) => indices.length),
    shards,
  );
  return classes.flatMap(([label, indices], i) =>
    cut(Int32Array.from(indices), counts[i] ?? 1).map((piece) => ({ label, indices: piece })),
  );
}

/** Two shards each, of different digits wherever that is possible. */
function dealPairs(shards: readonly Shard[], devices: number, random: Random): [Shard, Shard][] {
  const dealt = [...shuffledIndices(shards.length, random)].map((i) => shards[i] as Shard);
  const pairs = Array.from({ length: devices }, (_, i): [Shard, Shard] => [
    dealt[2 * i] as Shard,
    dealt[2 * i + 1] as Shard,
  ]);
  for (const pair of pairs) {
    if (pair[0].label !== pair[1].label) continue;
    const { label } = pair[0];
    const partner = pairs.find(([a, b]) => a.label !== label && b.label !== label);
    if (partner !== undefined) [pair[1], partner[1]] = [partner[1], pair[1]];
  }
  return pairs;
}

/**
 * Indices of the training images each device holds; every image is on exactly one device.
 *
 * Not IID: the images are sorted by label and cut into two shards for each device, which gets two at
 * random; from five devices on, cuts fall between digits, so that a device sees exactly two.
 *
 * @see McMahan et al. 2017, section 3 (arXiv:1602.05629)
 */
export function shardDigits(labels: Uint8Array, options: ShardOptions): Int32Array[] {
  const { devices, seed, iid } = options;
  const random = seededRandom(mixSeeds(seed, devices));
  if (iid) return cut(shuffledIndices(labels.length, random), devices).map((part) => part.slice());
  const shards = shardsByLabel(labels, devices * SHARDS_PER_DEVICE, random);
  return dealPairs(shards, devices, random).map(([a, b]) =>
    Int32Array.from([...a.indices, ...b.indices]),
  );
}
