import { partialKey, type Task } from '@tributary/client/protocol';
import { foldTasks, mergeTasks } from '../planning/due-tasks.ts';
import { listPartials } from './list-partials.ts';
import { finalOutlines } from './sealed-groups.ts';
import type { OpenRound, StepContext } from './step.ts';

/**
 * The merges, once every shard of every seal is folded; none before. One LIST a group, begun after the
 * caller's own write: of two functions that write at once, the later one sees both.
 */
export async function mergeWhenFolded(
  context: StepContext,
  open: OpenRound,
): Promise<readonly Task[]> {
  const seals = await finalOutlines(context, open);
  if (seals === undefined) return [];
  const partials = await listPartials(context, open);
  const isFolded = foldTasks(open.round, seals.flat()).every((task) =>
    partials.has(partialKey(task)),
  );
  return isFolded ? mergeTasks(open.round) : [];
}
