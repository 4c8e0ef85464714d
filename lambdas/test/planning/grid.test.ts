import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardRange } from '../../src/planning/grid.ts';

describe('shardRange', () => {
  it('cuts every model into contiguous shards that cover it exactly', () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), fc.integer({ min: 1, max: 64 }), (elementCount, shards) => {
        let next = 0;
        for (let shard = 0; shard < shards; shard += 1) {
          const { begin, end } = shardRange(elementCount, { shard, shards });
          expect(begin).toBe(next);
          expect(end).toBeGreaterThanOrEqual(begin);
          next = end;
        }
        expect(next).toBe(elementCount);
      }),
    );
  });
});
