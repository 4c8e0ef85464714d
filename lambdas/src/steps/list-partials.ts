import { partialsPrefix } from '@tributary/client/protocol';
import { groupNumbers } from '../planning/due-tasks.ts';
import type { OpenRound, StepContext } from './step.ts';

/** Every partial of a round by key, with the time it was written, in milliseconds since the epoch. */
export async function listPartials(
  { records }: Pick<StepContext, 'records'>,
  { id, round }: OpenRound,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const group of groupNumbers(round)) {
    for await (const { key, modifiedAt } of records.store.list(partialsPrefix(id, group))) {
      times.set(key, modifiedAt);
    }
  }
  return times;
}
