import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDigits } from '../../../examples/digits/data.ts';
import { shardDigits } from '../../../examples/digits/data-shards.ts';

const { training } = await loadDigits();
const { labels } = training;

/** As unbalanced as MNIST, and small. */
const someLabels = labels.subarray(0, 6000);

function classesOf(indices: Int32Array, of: Uint8Array): number[] {
  return [...new Set([...indices].map((index) => of[index] ?? -1))].sort();
}

function expectPartition(shards: readonly Int32Array[], count: number): void {
  const seen = new Uint8Array(count);
  for (const shard of shards) for (const index of shard) seen[index] = (seen[index] ?? 0) + 1;
  expect(seen.every((times) => times === 1)).toBe(true);
}

describe('split by digit', () => {
  it('twenty devices have two digits and about 3,000 images each, every image once', () => {
    const shards = shardDigits(labels, { devices: 20, seed: 1, iid: false });
    expect(shards).toHaveLength(20);
    expectPartition(shards, 60_000);
    for (const shard of shards) {
      expect(classesOf(shard, labels)).toHaveLength(2);
      expect(Math.abs(shard.length - 3000)).toBeLessThan(300);
    }
    const pairs = new Set(shards.map((shard) => classesOf(shard, labels).join()));
    expect(pairs.size).toBeGreaterThan(5);
  });

  it('whatever the number of devices and the seed: every image once, two digits from five devices on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (devices, seed) => {
        const shards = shardDigits(someLabels, { devices, seed, iid: false });
        expect(shards).toHaveLength(devices);
        expectPartition(shards, someLabels.length);
        for (const shard of shards) {
          expect(shard.length).toBeGreaterThan(0);
          if (devices >= 5) expect(classesOf(shard, someLabels)).toHaveLength(2);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('split evenly', () => {
  it('every device has all digits and as many images as the others, give or take one', () => {
    const shards = shardDigits(labels, { devices: 7, seed: 3, iid: true });
    expectPartition(shards, 60_000);
    for (const shard of shards) {
      expect([8571, 8572]).toContain(shard.length);
      expect(classesOf(shard, labels)).toHaveLength(10);
    }
  });
});

it('the seed fixes who holds what', () => {
  for (const iid of [true, false]) {
    const options = { devices: 20, seed: 5, iid };
    expect(shardDigits(someLabels, options)).toEqual(shardDigits(someLabels, options));
    expect(shardDigits(someLabels, { ...options, seed: 6 })).not.toEqual(
      shardDigits(someLabels, options),
    );
  }
});
