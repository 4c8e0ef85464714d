import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../../src/steps/map-concurrently.ts';

describe('mapConcurrently', () => {
  it('keeps the order of the items, whichever is done first', async () => {
    const doubled = await mapConcurrently([3, 1, 2, 0], 2, async (turns) => {
      for (let turn = 0; turn < turns; turn += 1) await setImmediate();
      return turns * 2;
    });
    expect(doubled).toEqual([6, 2, 4, 0]);
  });

  it('has no more calls under way than it may, and no fewer than it can', async () => {
    let underWay = 0;
    let most = 0;
    await mapConcurrently(Array.from({ length: 9 }), 3, async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await setImmediate();
      underWay -= 1;
    });
    expect(most).toBe(3);
    expect(await mapConcurrently([], 3, async () => 1)).toEqual([]);
  });

  it('rejects with the first failure and begins nothing after it', async () => {
    const begun: number[] = [];
    const mapped = mapConcurrently([0, 1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      await setImmediate();
      if (item === 1) throw new Error('item 1');
    });
    await expect(mapped).rejects.toThrow('item 1');
    for (let turn = 0; turn < 5; turn += 1) await setImmediate();
    expect(begun).toEqual([0, 1, 2]);
  });
});
