import { formatObjectRef, type ObjectName } from '../../protocol/index.ts';
import type { BatchRun } from './batch-run.ts';
import type { Command } from './command.ts';

/**
 * True if a command whose inputs are gone has nothing left to do: it ran before, and what outlives
 * it is stored, or was and has been deleted since. So a batch can be sent again after its deletions.
 *
 * @param missing - The input that is not there. If the batch itself deletes it later, a command of whose
 * results nothing is kept or used has nothing left to do either.
 */
export function isSettled(run: BatchRun, command: Command, missing: ObjectName): Promise<boolean> {
  return settle(run, command, isDeletedAfter(run, command, missing));
}

function settle(run: BatchRun, command: Command, isDeletedLater: boolean): Promise<boolean> {
  const { index } = command;
  const known = run.settled.get(index);
  if (known !== undefined) return known;
  const answer = findOut(run, command, isDeletedLater);
  run.settled.set(index, answer);
  return answer;
}

function isDeletedAfter(run: BatchRun, { index }: Command, missing: ObjectName): boolean {
  const key = formatObjectRef(missing);
  return run.commands.slice(index + 1).some((command) => {
    const [op] = command.wire;
    if (op === '$clear') return missing.owner === run.context.caller;
    return op === '$delete' && run.keysOf(command).includes(key);
  });
}

async function findOut(run: BatchRun, command: Command, isDeletedLater: boolean): Promise<boolean> {
  const [op, , , results] = command.wire;
  if (op === '$delete') return true;
  const keptIds = results.filter((id) => run.keep.has(id));
  const users = usersOf(run, command);
  if (keptIds.length === 0 && users.length === 0) {
    return isDeletedLater && results.length > 0;
  }
  const digest = keptIds.length === 0 ? '' : await run.digestOf(command);
  for (const id of keptIds) {
    const found = await run.context.store.head(run.ownName(id));
    const made = found.kind === 'found' ? found.header.digest : undefined;
    const wasMade = made === digest || (found.kind === 'deleted' && isOf(found.digest, digest));
    if (!wasMade) return false;
  }
  for (const user of users) if (!(await settle(run, user, isDeletedLater))) return false;
  return true;
}

function isOf(found: string | null, digest: string): boolean {
  return found === null || found === digest;
}

/** Later commands that need a result that is not stored. */
function usersOf(run: BatchRun, { index, wire }: Command): Command[] {
  const unkept = wire[3].filter((id) => !run.keep.has(id));
  const names = new Set(unkept.map((id) => formatObjectRef(run.ownName(id))));
  if (names.size === 0) return [];
  return run.commands
    .slice(index + 1)
    .filter((user) => run.keysOf(user).some((key) => names.has(key)));
}
