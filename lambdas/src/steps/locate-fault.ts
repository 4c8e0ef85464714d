import { boundLog2Of, layOutUpdate, type TrainingPlan } from '@tributary/client/protocol';
import { type ContributionFault, FLOAT32_BYTES } from '../aggregation/contribution.ts';

/** Values of one update that were refused. */
export interface RefusedValues {
  /** Element of the flattened update that the first value belongs to. */
  readonly begin: number;
  /** float32, little-endian. */
  readonly bytes: Uint8Array;
  readonly code: ContributionFault;
}

/**
 * Finds the first value that makes an update's values unfit, so that its device can be told where. Slow,
 * for the rare refusal only.
 *
 * @returns An element of the flattened update.
 */
export function locateFault(plan: TrainingPlan, { begin, bytes, code }: RefusedValues): number {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = begin + bytes.byteLength / FLOAT32_BYTES;

  for (const span of layOutUpdate(plan).tensors) {
    const { offset, count } = span;
    const isAnyFinite = code === 'non-finite';
    const bound = isAnyFinite ? Number.POSITIVE_INFINITY : 2 ** boundLog2Of(plan.update, span);

    for (let at = Math.max(begin, offset); at < Math.min(end, offset + count); at += 1) {
      const value = values.getFloat32((at - begin) * FLOAT32_BYTES, true);
      if (!(Math.abs(value) < bound)) return at;
    }
  }
  throw new Error(`Elements ${begin} to ${end} were refused as ${code}, but each is fit`);
}
