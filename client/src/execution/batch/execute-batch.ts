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
import { eachAtOnce } from './at-once.ts';
import { assertInTime, BatchRun } from './batch-run.ts';
import type { Command } from './command.ts';
import { runOperationCommand } from './operation-command.ts';
import { parseBatch } from './parse-batch.ts';
import { isSettled } from './settled.ts';

/** Verbs that look in the store at what commands before them make. */
const SEEING_VERBS: ReadonlySet<string> = new Set([
  '$clear',
  '$describe',
  '$grant',
  '$list',
  '$release',
]);

/**
 * Runs the commands of a batch in order; after the first that fails none is run. What they make and
 * the batch keeps is stored before there is an answer, several objects at a time, and deletions are
 * done last. Running a batch again, whole or after it was cut anywhere, ends in the same store.
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
    const { store } = context;
    await eachAtOnce(run.deleted.values(), (name) => store.delete(name));
    await eachAtOnce(run.marks.values(), (name) => store.delete(name));
    return { schema: 1, statuses };
  } finally {
    await run.writes.ended();
    run.live.dispose();
  }
}

async function runCommands(run: BatchRun): Promise<CommandStatus[]> {
  const statuses: CommandStatus[] = [];
  for (const command of run.commands) {
    if (SEEING_VERBS.has(command.wire[0])) await run.writes.settled();
    if (run.writes.refused !== undefined) break;
    const status = await statusOf(run, command);
    statuses.push(status);
    run.live.releaseAfter(command.index);
    if (status.status === 'failed') break;
  }
  await run.writes.settled();
  return completed(run, statuses);
}

/** A status for each command; a write that was refused fails its command, and none after it was run. */
function completed(
  { commands, writes: { refused } }: BatchRun,
  statuses: readonly CommandStatus[],
): CommandStatus[] {
  const run = statuses.slice(0, refused?.index);
  if (refused !== undefined) {
    const error = withCommand(refused.error, commands[refused.index] as Command);
    run.push({ status: 'failed', error });
  }
  const notRun = commands.slice(run.length).map((): CommandStatus => ({ status: 'not-run' }));
  return [...run, ...notRun];
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
