import {
  type BatchAnswer,
  CommandError,
  type CommandStatus,
  errorFromJson,
  type Json,
  ObjectInvalidError,
  type ObjectName,
  ObjectNotFoundError,
  TributaryError,
} from '../../protocol/index.ts';
import type { ExecutionContext } from '../context.ts';
import { verbOf } from '../verbs/verb-table.ts';
import { assertInTime, BatchRun } from './batch-run.ts';
import type { Command } from './command.ts';
import { runOperationCommand } from './operation-command.ts';
import { parseBatch } from './parse-batch.ts';
import { isSettled } from './settled.ts';

/** Requests of storage at one time: a thousand deletions of 20 ms each take about a second. */
const DELETIONS_AT_ONCE = 16;

/**
 * Runs the commands of a batch in order. What one of them makes and the batch keeps is stored before
 * the next begins; after the first that fails none is run. Deletions are done last. Running a batch
 * again, whole or after it was cut anywhere, ends in the same store.
 *
 * @param batch - As it came from the caller, who may be hostile; JSON that is parsed already.
 * @throws {@link InvocationFailedError} when the store can't be reached, and nothing else: whatever the
 * caller sent gets an answer.
 */
export async function executeBatch(
  context: ExecutionContext,
  batch: unknown,
): Promise<BatchAnswer> {
  let run: BatchRun;
  try {
    run = new BatchRun(context, parseBatch(batch, context.worker));
  } catch (error) {
    if (error instanceof TributaryError) return { schema: 1, error: error.toJSON() };
    throw error;
  }
  try {
    const statuses = await runCommands(run);
    await deleteAll(run, run.deleted.values());
    await deleteAll(run, run.marks.values());
    return { schema: 1, statuses };
  } finally {
    run.live.dispose();
  }
}

/** Deletes several objects at a time; waits for all of them, also when one can't be reached. */
async function deleteAll(
  { context: { store } }: BatchRun,
  names: IterableIterator<ObjectName>,
): Promise<void> {
  const outcomes = await Promise.allSettled(
    Array.from({ length: DELETIONS_AT_ONCE }, async () => {
      // All of them take from one iterator.
      for (const name of names) await store.delete(name);
    }),
  );
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function runCommands(run: BatchRun): Promise<CommandStatus[]> {
  const statuses: CommandStatus[] = [];
  for (const command of run.commands) {
    const status = await statusOf(run, command);
    statuses.push(status);
    run.live.releaseAfter(command.index);
    if (status.status === 'failed') break;
  }
  const notRun: CommandStatus[] = Array.from(
    { length: run.commands.length - statuses.length },
    () => ({ status: 'not-run' }),
  );
  return [...statuses, ...notRun];
}

async function statusOf(run: BatchRun, command: Command): Promise<CommandStatus> {
  try {
    assertInTime(run);
    const value = await runCommand(run, command);
    return value === undefined ? { status: 'done' } : { status: 'done', value };
  } catch (error) {
    if (error instanceof ObjectNotFoundError) {
      const missing = error.detail as unknown as ObjectName;
      if (await isSettled(run, command, missing)) return { status: 'done' };
    }
    if (error instanceof CommandError || error instanceof ObjectInvalidError) {
      return { status: 'failed', error: withCommand(error, command) };
    }
    throw error;
  }
}

async function runCommand(run: BatchRun, command: Command): Promise<Json | undefined> {
  const [op] = command.wire;
  const verb = verbOf(op);
  const value = verb === undefined ? undefined : await verb(run, command);
  if (verb === undefined) await runOperationCommand(run, command);
  return value;
}

/** The error as it travels, with the place of the command and never its data. */
function withCommand(
  error: CommandError | ObjectInvalidError,
  { index, wire: [op, , , results] }: Command,
): ReturnType<TributaryError['toJSON']> {
  const json = error.toJSON();
  return errorFromJson({
    ...json,
    detail: { ...json.detail, command: { index, op, results } },
  }).toJSON();
}
