import {
  encodeSafetensors,
  encodeSafetensorsHeader,
  type TrainingPlan,
  updateBytesMax,
  updateBytesMin,
} from '@tributary/client/protocol';
import { describe, expect, it } from 'vitest';
import { checkUpdateSize } from '../../../src/coordinator/device/update-size.ts';
import { planOf } from '../../support/federation.ts';

const LARGE = planOf({ shape: [100_000] });
const SMALL = planOf({ shape: [14] });

const MISSING = /; by its length, it has no metadata, or not all of it/;
const F16 = /its numbers may be F16 or BF16 \(2 bytes each\)/;
const F64 = /its numbers may be F64 \(8 bytes each\)/;
const LONG = /its header or metadata may be too long/;

/** The sentence that refuses the length. */
function refusalOf(plan: TrainingPlan, bytes: number): string {
  try {
    checkUpdateSize(plan, bytes);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('Expected the length to be refused');
}

/** A file of the plan's tensors as other writers make it. */
function fileBytes(plan: TrainingPlan, metadata?: Readonly<Record<string, string>>): number {
  const tensors = plan.tensors.map(({ name, shape }) => ({
    name,
    shape,
    dtype: 'F32' as const,
    data: new Uint8Array(4 * shape.reduce((product, size) => product * size, 1)),
  }));
  return encodeSafetensors({ tensors, metadata }).length;
}

describe('the length of an update', () => {
  it('is good from the smallest file of the plan to the largest', () => {
    for (const plan of [SMALL, LARGE]) {
      checkUpdateSize(plan, updateBytesMin(plan));
      checkUpdateSize(plan, updateBytesMax(plan));
    }
  });

  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('of a %s file without metadata is refused by naming the metadata', (_, plan) => {
    for (const metadata of [undefined, {}, { format: '1', model: plan.model }]) {
      const sentence = refusalOf(plan, fileBytes(plan, metadata));
      expect(sentence).toContain(
        'with the metadata format, model, base_version, device, example_count and encoding',
      );
      expect(sentence).toMatch(MISSING);
      expect(sentence).not.toMatch(F16);
    }
  });

  it('names the dtype whose numbers would give it', () => {
    const bytes = updateBytesMin(LARGE) + 100;
    expect(refusalOf(LARGE, bytes + 400_000)).toMatch(F64);
    expect(refusalOf(LARGE, bytes - 200_000)).toMatch(F16);
    expect(refusalOf(LARGE, bytes - 200_000)).not.toMatch(MISSING);
    expect(refusalOf(LARGE, bytes + 1_000_000)).not.toMatch(F64);
    expect(refusalOf(LARGE, bytes - 300_000)).toMatch(/example_count and encoding$/);
  });

  it('that is too large is a long header where numbers of another dtype do not explain it', () => {
    const data = 4 * 14;
    const metadata = { format: '1', note: 'n'.repeat(20_000) };
    const header = encodeSafetensorsHeader({ tensors: SMALL.tensors, metadata }).length;
    expect(refusalOf(SMALL, header + data)).toMatch(LONG);
    expect(refusalOf(SMALL, header + data)).not.toMatch(F64);
    expect(refusalOf(LARGE, updateBytesMax(LARGE) + 1)).toMatch(LONG);
    expect(refusalOf(LARGE, updateBytesMin(LARGE) - 1)).not.toMatch(LONG);
  });

  it('is for the tensors that are not frozen, and says so', () => {
    const head = { name: 'head', dtype: 'F32', shape: [10], role: 'trained' } as const;
    const base = { name: 'base', dtype: 'F32', shape: [100_000], role: 'frozen' } as const;
    const plan = planOf({ tensors: [base, head] });
    expect(updateBytesMin(plan)).toBe(updateBytesMin(planOf({ tensors: [head] })));
    expect(updateBytesMax(plan)).toBe(updateBytesMax(planOf({ tensors: [head] })));
    expect(() => checkUpdateSize(plan, updateBytesMin(plan))).not.toThrow();
    expect(() => checkUpdateSize(plan, 400_040 + 500)).toThrow(/1 tensors that are not frozen/);
  });
});
