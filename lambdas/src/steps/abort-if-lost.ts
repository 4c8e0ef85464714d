import { RoundAbortedError } from '@tributary/client/protocol';
import { abortRound } from './finish.ts';
import type { OpenRound, StepContext, StepOutcome } from './step.ts';

/**
 * Does work that reads members' bytes; a member that is gone or changed ends the round.
 *
 * @returns `undefined` when the work is done.
 */
export async function abortIfLost(
  context: StepContext,
  open: OpenRound,
  work: () => Promise<void>,
): Promise<StepOutcome | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof RoundAbortedError)) throw error;
    return abortRound(context, open, { reason: 'member-lost', message: error.message });
  }
}
