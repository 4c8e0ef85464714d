import assert from 'node:assert/strict';
import { assertWeight } from './fixed-point.ts';

/** Bytes of one float32 value. */
export const FLOAT32_BYTES = 4;

/** One update's values and what they count. */
export interface Contribution {
  /** float32, little-endian, at any alignment; read before `add` returns, neither kept nor changed. */
  readonly bytes: Uint8Array;
  /** An integer, 1 … 2^24; the negative takes back what the same bytes added with the positive. */
  readonly weight: number;
}

/** Why a contribution is refused: some value is NaN or infinite, or else some value is too large. */
export type ContributionFault = 'non-finite' | 'out-of-bounds';

/** What became of a contribution. */
export type ContributionOutcome = 'added' | ContributionFault;

/**
 * Names the fault of values known to have one; slow, for the rare refusal only.
 *
 * @param bytes - float32, little-endian.
 */
export function faultOf(bytes: Uint8Array): ContributionFault {
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.byteLength; offset += FLOAT32_BYTES) {
    if (!Number.isFinite(values.getFloat32(offset, true))) {
      return 'non-finite';
    }
  }
  return 'out-of-bounds';
}

/**
 * Asserts that contributions fit one another and the sum.
 *
 * @param weightMax - Largest |weight| whose products stay exact.
 * @returns the elements each of them has; 0 for none.
 */
export function assertContributions(
  contributions: readonly Contribution[],
  weightMax: number,
): number {
  const byteLength = contributions[0]?.bytes.byteLength ?? 0;
  assert(
    byteLength % FLOAT32_BYTES === 0,
    `Contribution of ${byteLength} bytes, expected a multiple of ${FLOAT32_BYTES}`,
  );
  for (const { bytes, weight } of contributions) {
    assert(
      bytes.byteLength === byteLength,
      `Contributions of ${bytes.byteLength} and ${byteLength} bytes in one call, expected one length`,
    );
    assertWeight(Math.abs(weight));
    assert(
      Math.abs(weight) <= weightMax,
      `Weight ${weight}, expected at most ${weightMax} with this bound and these fraction bits`,
    );
  }
  return byteLength / FLOAT32_BYTES;
}
