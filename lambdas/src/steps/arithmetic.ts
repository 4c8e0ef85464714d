import { DeploymentError, type RoundObject } from '@tributary/client/protocol';
import { ARITHMETIC_VERSION, STATISTICS_ARITHMETIC_VERSION } from '../aggregation/fixed-point.ts';

/**
 * A round is summed by one arithmetic from its first fold to its merge.
 *
 * @throws {@link DeploymentError} `arithmetic-version` when this code's is another than the round's.
 */
export function assertArithmetic(opened: RoundObject): void {
  const { model, round, arithmeticVersion, statisticFractionBits } = opened;
  const expected =
    statisticFractionBits === undefined ? ARITHMETIC_VERSION : STATISTICS_ARITHMETIC_VERSION;
  if (arithmeticVersion === expected) return;
  throw new DeploymentError(
    `Round ${round} of ${model} was opened for arithmetic ${arithmeticVersion}, expected ${expected} by this function; abort the round and start another, or deploy the version that opened it`,
    { code: 'arithmetic-version' },
  );
}
