import { describe, expect, it } from 'vitest';
import { assertFitsMemory, memoryNeed } from '../../src/planning/memory.ts';
import { planOf } from '../support/federation.ts';

const MILLION = 1_000_000;
const fedAvg = (elements: number) => planOf({ shape: [elements] });
const fedAvgM = (elements: number) =>
  planOf({ shape: [elements], strategy: { name: 'fedavgm', options: {} } });

describe('the memory a model needs of the aggregator', () => {
  it('is that of the process for a small model', () => {
    expect(memoryNeed(fedAvg(1))).toEqual({ elementCount: 1, neededMegabytes: 129 });
  });

  it('is that of the fold or the merge, whichever needs more', () => {
    // 128 MB of blocks and 24 bytes an element, above 32 bytes an element.
    expect(memoryNeed(fedAvg(10 * MILLION)).neededMegabytes).toBe(485);
    expect(memoryNeed(fedAvg(100 * MILLION)).neededMegabytes).toBe(3_180);
    expect(memoryNeed(fedAvgM(100 * MILLION)).neededMegabytes).toBe(5_469);
  });

  it('is that of the merge for a small head on a large frozen base', () => {
    const plan = planOf({
      tensors: [
        { name: 'base', dtype: 'F32', shape: [100 * MILLION], role: 'frozen' },
        { name: 'head', dtype: 'F32', shape: [MILLION], role: 'trained' },
      ],
      strategy: { name: 'fedavgm', options: {} },
    });
    // 20 bytes for each of 101 million elements, 12 + 24 for each of a million.
    expect(memoryNeed(plan)).toEqual({ elementCount: 101 * MILLION, neededMegabytes: 2_089 });
  });

  it('must be there when the model is created', () => {
    const plan = fedAvgM(100 * MILLION);
    expect(() => assertFitsMemory(plan, 5_469)).not.toThrow();
    expect(() => assertFitsMemory(plan, 5_468)).toThrow(
      expect.objectContaining({
        code: 'model-exceeds-memory',
        message: expect.stringMatching(/100000000 elements.*5469 MB.*5468 MB; give it more memory/),
        detail: { elementCount: 100 * MILLION, neededMegabytes: 5_469, memoryMegabytes: 5_468 },
      }),
    );
  });
});
