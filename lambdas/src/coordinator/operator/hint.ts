import type { RoundId } from '@tributary/client/protocol';
import type { RoundTimer } from '../../planning/round-timer.ts';
import type { Coordinator } from '../coordinator.ts';

/**
 * Asks the aggregator to look at a round. The sweep looks too, so a queue that fails is logged and
 * fails nobody's request.
 */
export async function hintCollect(
  { tasks, log }: Coordinator,
  { model, round }: RoundId,
  delaySeconds = 0,
): Promise<void> {
  try {
    await tasks.send({ schema: 1, task: 'collect', model, round }, delaySeconds);
  } catch (error) {
    log({ level: 'warn', event: 'hint-lost', model, round, error: String(error) });
  }
}

/** Asks the aggregator to look at a round at its deadline. */
export async function hintTimer(
  coordinator: Coordinator,
  timer: RoundTimer | undefined,
): Promise<void> {
  if (timer !== undefined) await hintCollect(coordinator, timer.id, timer.delaySeconds);
}
