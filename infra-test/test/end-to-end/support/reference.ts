import { OVER_SELECTION_DEFAULT, UPDATE_RULES_DEFAULT } from '@tributary/client';
import { errorBound, fractionBitsFor } from '@tributary/lambdas';
import { expect } from 'vitest';
import type { TestDevice } from './world.ts';

/**
 * Holds the published mean against Σ w·δ / Σ w in float64: within the proven bound, and the two
 * roundings to float32 that follow it (the mean's and the new weight's).
 */
export function expectReferenceMean(published: Float32Array, devices: readonly TestDevice[]): void {
  const { deltaBoundLog2, exampleCountCap } = UPDATE_RULES_DEFAULT;
  const weights = devices.map(({ exampleCount }) => Math.min(exampleCount, exampleCountCap));
  const totalWeight = weights.reduce((sum, weight) => sum + weight, 0);
  const fractionBits = fractionBitsFor({
    deltaBoundLog2,
    weightMax: exampleCountCap,
    membersMax: Math.ceil(devices.length * OVER_SELECTION_DEFAULT),
  });
  const memberCount = devices.length;
  const bound = errorBound({ fractionBits, deltaBoundLog2, memberCount, totalWeight });
  for (const [i, value] of published.entries()) {
    const mean =
      devices.reduce(
        (sum, { delta }, at) => sum + Math.fround(delta[i] ?? 0) * (weights[at] ?? 0),
        0,
      ) / totalWeight;
    expect(Math.abs(value - mean)).toBeLessThanOrEqual(bound + 2 ** -23 * Math.abs(mean));
  }
}
