import type { RoundObject } from '@tributary/client/protocol';
import type { Coordinator } from '../coordinator.ts';

/** True while a round without a result still takes updates: neither closed nor past its deadline. */
export async function isCollecting(
  { records, now }: Coordinator,
  round: RoundObject,
): Promise<boolean> {
  return now() < round.deadlineAt && (await records.close(round)) === undefined;
}
