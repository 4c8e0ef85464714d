import {
  type CommandStatus,
  errorFromJson,
  InvocationFailedError,
  type TributaryError,
} from '../protocol/index.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteObject } from './remote-object.ts';

/** A batch and the worker's answer to it. */
export interface AnsweredBatch {
  readonly commands: readonly QueuedCommand[];
  /** One for each command, in order. */
  readonly statuses: readonly CommandStatus[];
  readonly keep: ReadonlySet<string>;
}

/** What is left of a batch. */
export interface Remainder {
  /** Commands to send again, in order. */
  readonly again: readonly QueuedCommand[];
  /** Count of commands that a batch may have at most, when this one asked for too much at a time. */
  readonly commandsMax?: number | undefined;
}

/** What a command may fail of only because of those before it in its batch. */
const BATCH_FAULTS: ReadonlySet<string> = new Set([
  'answer-too-large',
  'memory-exceeded',
  'time-limit',
]);

/**
 * Tells objects, and whoever waits, what became of their commands.
 *
 * @throws InvocationFailedError `answer-invalid` for an answer that is none to this batch.
 */
export function settleBatch(batch: AnsweredBatch): Remainder {
  const { commands, keep } = batch;
  checkStatuses(batch);
  const inRoom = withoutBatchFault(batch.statuses);
  const commandsMax = inRoom === batch.statuses ? undefined : doneCount(inRoom);
  const { statuses, remedy } = withoutCuredFault({ commands, keep, statuses: inRoom });
  const isAgain = repeatedOf({ commands, statuses, keep });
  for (const [index, command] of commands.entries()) {
    const status = statuses[index];
    if (isAgain[index] === true) {
      if (status?.status === 'done') markStored(command, keep);
    } else if (status?.status === 'failed') failCommand(command, errorFromJson(status.error));
    else if (status?.status === 'done') finish(command, status.value, keep);
  }
  const again = commands.filter((_, index) => isAgain[index]);
  return { again: remedy === undefined ? again : [remedy, ...again], commandsMax };
}

/** Fails a command, what it would have made, and whoever waits. */
export function failCommand(command: QueuedCommand, error: TributaryError): void {
  for (const output of command.outputs) output.fail(error);
  command.onFailed?.(error);
}

/** Notes that the worker may have what a batch makes. */
export function markStored(
  { outputs, storesResults }: QueuedCommand,
  keep: ReadonlySet<string>,
): void {
  for (const output of outputs) {
    if (storesResults || keep.has(output.id)) output.mayBeStored = true;
  }
}

function checkStatuses({ commands, statuses }: AnsweredBatch): void {
  const hasBegun = statuses[0]?.status !== 'not-run';
  if (statuses.length === commands.length && hasBegun) return;
  throw new InvocationFailedError(
    `The worker answered ${statuses.length} statuses to ${commands.length} commands${hasBegun ? '' : ' and ran none'}; compare the versions of both sides`,
    { code: 'answer-invalid' },
  );
}

/** A command that had no room left counts as not run, unless it had all of it. */
function withoutBatchFault(statuses: readonly CommandStatus[]): readonly CommandStatus[] {
  const place = doneCount(statuses);
  const status = statuses[place];
  const isFault = status?.status === 'failed' && BATCH_FAULTS.has(status.error.code);
  return isFault && place > 0 ? statuses.with(place, { status: 'not-run' }) : statuses;
}

/** A command that can be cured counts as not run; a remedy goes before everything that is repeated. */
function withoutCuredFault({ commands, statuses }: AnsweredBatch): {
  readonly statuses: readonly CommandStatus[];
  readonly remedy?: QueuedCommand | undefined;
} {
  const place = doneCount(statuses);
  const status = statuses[place];
  if (status?.status !== 'failed') return { statuses };
  const command = commands[place];
  const error = errorFromJson(status.error);
  const isCured = command?.repeats?.(error) === true;
  const remedy = isCured ? undefined : command?.remedy?.(error);
  if (!isCured && remedy === undefined) return { statuses };
  return { statuses: statuses.with(place, { status: 'not-run' }), remedy };
}

function doneCount(statuses: readonly CommandStatus[]): number {
  const index = statuses.findIndex(({ status }) => status !== 'done');
  return index < 0 ? statuses.length : index;
}

/** Which commands go again: those not run, and the done ones that make what they need and nobody kept. */
function repeatedOf({ commands, statuses, keep }: AnsweredBatch): readonly boolean[] {
  const needed = new Set<RemoteObject>();
  const isAgain = commands.map(() => false);
  for (let index = commands.length - 1; index >= 0; index -= 1) {
    const command = commands[index] as QueuedCommand;
    const status = statuses[index]?.status;
    const isLost = ({ id }: RemoteObject) => !command.storesResults && !keep.has(id);
    const makesNeeded = command.outputs.some((output) => needed.has(output) && isLost(output));
    if (status !== 'not-run' && !(status === 'done' && makesNeeded)) continue;
    isAgain[index] = true;
    for (const input of command.inputs) needed.add(input);
  }
  return isAgain;
}

function finish(command: QueuedCommand, value: unknown, keep: ReadonlySet<string>): void {
  for (const output of command.outputs) {
    if (output.state !== 'queued') continue;
    if (command.storesResults || keep.has(output.id)) output.storedAtWorker();
    else output.drop();
  }
  command.onDone?.(value);
}
