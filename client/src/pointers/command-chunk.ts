import { ARGUMENTS_MAX, BATCH_BYTES_MAX, COMMANDS_PER_BATCH_MAX } from '../protocol/index.ts';
import { plainCommand } from './plain-command.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteObject } from './remote-object.ts';

/** Commands that travel in one batch. */
export interface Chunk {
  readonly commands: readonly QueuedCommand[];
  /** Ids of the results that must outlive the batch. */
  readonly keep: ReadonlySet<string>;
}

/** One place of a batch is left for the deletions that end it. */
export const CHUNK_COMMANDS_MAX: number = COMMANDS_PER_BATCH_MAX - 1;

/** Most objects of one deletion. */
export const DELETIONS_MAX: number = ARGUMENTS_MAX;

/** Room in each batch for its frame, the caller's token and the list of what to keep. */
const FRAME_BYTES = 256 * 1024;

/** The command that deletes several objects at once; at most {@link DELETIONS_MAX}. */
export function deletionCommand(
  objects: readonly RemoteObject[],
  onDone: () => void,
): QueuedCommand {
  return {
    inputs: [],
    outputs: [],
    isWanted: true,
    storesResults: false,
    deletes: objects,
    ...plainCommand(
      '$delete',
      objects.map(({ reference }) => reference),
      {},
      [],
    ),
    onDone,
  };
}

/**
 * Takes the first commands that fit into one batch, and drops those that nobody needs.
 *
 * @param pending - In the order of their calls.
 * @param commandsMax - From 1.
 */
export function takeChunk(
  pending: readonly QueuedCommand[],
  commandsMax: number,
): { readonly chunk: Chunk; readonly rest: QueuedCommand[] } {
  const needed = neededOf(pending);
  const count = fittingCount(needed, commandsMax);
  const commands = needed.slice(0, count);
  const rest = needed.slice(count);
  const usedLater = new Set(rest.flatMap(({ inputs }) => inputs));
  const keep = commands
    .flatMap(({ outputs }) => outputs)
    .filter((output) => output.isHeld || usedLater.has(output))
    .map(({ id }) => id);
  return { chunk: { commands, keep: new Set(keep) }, rest };
}

/**
 * Objects that somebody waits for. Their deletion must not travel with the question: if the answer
 * were lost, so would be the values.
 */
export function awaitedOf(commands: readonly QueuedCommand[]): ReadonlySet<RemoteObject> {
  return new Set(
    commands.flatMap(({ inputs, onFailed }) => (onFailed === undefined ? [] : inputs)),
  );
}

/** Objects that are sent for what is computed from them alone: nobody holds them any more. */
export function passingObjects(pending: readonly QueuedCommand[]): RemoteObject[] {
  const used = new Set(pending.flatMap(({ inputs }) => inputs));
  return pending
    .flatMap(({ outputs, storesResults }) => (storesResults ? outputs : []))
    .filter((output) => !output.isHeld && used.has(output));
}

/** Objects that a batch on its way has the worker store, and that nobody holds any more. */
export function arrivingUnheld(sent: Chunk | undefined): RemoteObject[] {
  if (sent === undefined) return [];
  return sent.commands
    .flatMap(({ outputs, storesResults }) =>
      outputs.filter(({ id }) => storesResults || sent.keep.has(id)),
    )
    .filter(({ isHeld, state }) => !isHeld && state === 'queued');
}

/** Leaves out, from the last to the first, what makes nothing that is held or used. */
export function neededOf(pending: readonly QueuedCommand[]): QueuedCommand[] {
  const used = new Set<RemoteObject>();
  const needed: QueuedCommand[] = [];
  for (const command of [...pending].reverse()) {
    const isNeeded =
      command.isWanted || command.outputs.some((output) => output.isHeld || used.has(output));
    if (isNeeded) {
      needed.push(command);
      for (const input of command.inputs) used.add(input);
    } else {
      for (const output of command.outputs) output.drop();
    }
  }
  return needed.reverse();
}

function fittingCount(commands: readonly QueuedCommand[], commandsMax: number): number {
  let bytes = FRAME_BYTES;
  let hasDeleted = false;
  for (const [index, command] of commands.entries()) {
    bytes += command.bytes;
    // What is made after a deletion may need what was made before it, and that could not be made
    // anew if a command in between failed; so it goes into a batch of its own, and that is kept.
    const isAfterDeletion = hasDeleted && command.outputs.length > 0;
    const isFull = index > 0 && bytes > BATCH_BYTES_MAX;
    const isTooEarly = deletesAwaited(commands, index);
    if (index >= commandsMax || isFull || isAfterDeletion || isTooEarly) return index;
    hasDeleted ||= command.deletes !== undefined;
  }
  return commands.length;
}

/** True when the command at this place deletes what one before it asks for. */
function deletesAwaited(commands: readonly QueuedCommand[], index: number): boolean {
  const { deletes = [] } = commands[index] as QueuedCommand;
  if (deletes.length === 0) return false;
  const awaited = awaitedOf(commands.slice(0, index));
  return deletes.some((object) => awaited.has(object));
}
