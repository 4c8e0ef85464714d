import { clearAttributesSchema, formatObjectRef, type ObjectName } from '../../protocol/index.ts';
import type { BatchRun } from '../batch/batch-run.ts';
import { attributesOf, type Command, checkCounts, type Verb } from '../batch/command.ts';
import { newFacts, writeObject } from '../batch/keep-object.ts';

/**
 * `$clear`: the caller's own objects are gone, from the next command on. A mark, written once, says
 * when: however late and often the command is repeated, it deletes nothing that was made after.
 */
export const clearObjects: Verb = async (run, command) => {
  checkCounts(command, { args: 0, results: 0 });
  const { request } = attributesOf(clearAttributesSchema, command);
  const mark = run.ownName(request);
  for (const name of storedBefore(run, command)) run.deleted.set(formatObjectRef(name), name);
  const clearedAt = await markedAt(run, command, mark);
  if (clearedAt === undefined) return undefined;
  const later = resultsAfter(run, command);
  for await (const { name, createdAt } of ownObjects(run)) {
    if (createdAt <= clearedAt && !later.has(name.id) && name.id !== request) {
      run.deleted.set(formatObjectRef(name), name);
    }
  }
  // Last of all, because the mark's tombstone ends the command for good.
  run.marks.add(mark);
  return undefined;
};

/** When the command was first run; `undefined` if it was run to its end. */
async function markedAt(
  run: BatchRun,
  command: Command,
  mark: ObjectName,
): Promise<number | undefined> {
  const facts = newFacts(run, {
    kind: 'mark',
    origin: 'sent',
    dtype: 'bool',
    shape: [0],
    restrictions: [],
  });
  await writeObject(run, command, { name: mark, facts, bytes: new Uint8Array() });
  const found = await run.context.store.head(mark);
  return found.kind === 'found' ? found.header.createdAt : undefined;
}

/** What earlier commands of the batch stored; a repeated command holds it, though it is deleted. */
function storedBefore(run: BatchRun, { index }: Command): ObjectName[] {
  return run.commands.slice(0, index).flatMap((earlier) => run.storedBy(earlier));
}

function resultsAfter(run: BatchRun, { index }: Command): ReadonlySet<string> {
  return new Set(run.commands.slice(index + 1).flatMap(({ wire }) => wire[3]));
}

async function* ownObjects(
  run: BatchRun,
): AsyncGenerator<{ readonly name: ObjectName; readonly createdAt: number }> {
  const { store, caller } = run.context;
  let cursor: string | undefined;
  do {
    const page = await store.list({ owner: caller, cursor });
    for (const { name, header } of page.objects) yield { name, createdAt: header.createdAt };
    cursor = page.cursor;
  } while (cursor !== undefined);
}
