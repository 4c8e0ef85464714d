import { describe, expect, it } from 'vitest';
import { createExactSum } from '../../src/aggregation/exact-sum.ts';
import cases from './fixtures/golden-sums.json' with { type: 'json' };

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const toHex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe.each(['wasm', 'reference'] as const)('golden sums by the %s kernel', (kernel) => {
  it.each(cases)('$name', ({ contributions, totalWeight, ...golden }) => {
    const elementCount = golden.means.length / 8;
    const sum = createExactSum({ ...golden, elementCount, kernel });
    const outcomes = sum.add(
      0,
      contributions.map(({ weight, values }) => ({ weight, bytes: fromHex(values) })),
    );
    expect(new Set(outcomes)).toEqual(new Set(['added']));
    expect(toHex(sum.sums())).toBe(golden.sums);
    const means = sum.mean(0, elementCount, totalWeight);
    expect(toHex(new Uint8Array(means.buffer))).toBe(golden.means);
    sum.release();
  });
});
