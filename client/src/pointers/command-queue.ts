import {
  BATCH_BYTES_MAX,
  CommandError,
  type CommandStatus,
  InvocationFailedError,
  TributaryError,
  type WireCommand,
} from '../protocol/index.ts';
import {
  arrivingUnheld,
  awaitedOf,
  CHUNK_COMMANDS_MAX,
  type Chunk,
  DELETIONS_MAX,
  deletionCommand,
  neededOf,
  passingObjects,
  takeChunk,
} from './command-chunk.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteObject } from './remote-object.ts';
import { failCommand, markStored, settleBatch } from './settle-batch.ts';
import type { WorkerTransport } from './transport.ts';

/** Commands that wait before the queue sends them without being asked: one batch. */
const PENDING_COUNT_MAX: number = CHUNK_COMMANDS_MAX;

/** How long a deletion waits for other commands to travel with, in milliseconds. */
const DELETION_DELAY_MS = 20;

/** Refusals of a batch because of one of its commands; the others can go without it. */
const UNFIT_BATCH: ReadonlySet<string> = new Set([
  'batch-invalid',
  'batch-too-deep',
  'batch-too-large',
]);

/**
 * The commands of one caller for one worker, in order. They travel when a value is awaited, in as
 * few batches as fit; a command that nobody needs any more never travels.
 */
export class CommandQueue {
  readonly transport: WorkerTransport;
  #pending: QueuedCommand[] = [];
  #pendingBytes = 0;
  /** What was sent and is not answered yet. */
  #sent: Chunk | undefined;
  /** Objects to delete, by reference. */
  readonly #deletions = new Map<string, RemoteObject>();
  /** Objects whose deletion is queued or on its way. */
  readonly #leaving = new Set<RemoteObject>();
  /** Objects that pointers of this program may hold, by reference. */
  readonly #objects = new Map<string, RemoteObject>();
  #commandsMax = CHUNK_COMMANDS_MAX;
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: WorkerTransport) {
    this.transport = transport;
  }

  /** Objects that will be at the worker when everything queued is done. */
  comingObjects(): RemoteObject[] {
    return [...this.#objects.values()].filter(({ state, isHeld }) => state === 'queued' && isHeld);
  }

  /** Objects that will no longer be at the worker when everything queued is done. */
  leavingObjects(): RemoteObject[] {
    return [...this.#deletions.values(), ...this.#leaving];
  }

  /** Objects that the caller made and somebody holds. */
  ownObjects(): RemoteObject[] {
    return [...this.#objects.values()].filter(({ foreignOwner }) => foreignOwner === undefined);
  }

  /** The object of a reference that this program already knows; every pointer to it shares one. */
  knownObject(reference: string): RemoteObject | undefined {
    return this.#objects.get(reference);
  }

  know(object: RemoteObject): void {
    this.#objects.set(object.reference, object);
  }

  forget(object: RemoteObject): void {
    if (this.#objects.get(object.reference) === object) this.#objects.delete(object.reference);
  }

  /** Adds a command; one that needs what a failed command should have made fails at once. */
  push(command: QueuedCommand): void {
    const error = command.inputs.find(({ state }) => state === 'failed')?.error;
    if (error !== undefined) {
      failCommand(command, error);
      return;
    }
    this.#pending.push(command);
    this.#pendingBytes += command.bytes;
    const isFull =
      this.#pending.length >= PENDING_COUNT_MAX || this.#pendingBytes >= BATCH_BYTES_MAX;
    // Sent early, so that a long chain doesn't fill memory; whoever awaits a value hears of faults.
    if (isFull) this.flush().catch(() => undefined);
  }

  /** Deletes an object after everything queued so far, together with others. */
  delete(object: RemoteObject): void {
    if (this.#leaving.has(object)) return;
    this.#deletions.set(object.reference, object);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // Nobody waits for this; what could not be deleted is tried with the next batch.
      this.flush().catch(() => undefined);
    }, DELETION_DELAY_MS);
  }

  /** Has deletions wait for nothing that is queued later, so that what looks at the store sees them done. */
  deleteNow(): void {
    // What is not needed any more may have been stored by a batch whose answer was lost.
    this.#setPending(neededOf(this.#pending));
    for (const object of [...arrivingUnheld(this.#sent), ...passingObjects(this.#pending)]) {
      if (!this.#leaving.has(object)) this.#deletions.set(object.reference, object);
    }
    let command = this.#takeDeletions();
    while (command !== undefined) {
      this.push(command);
      command = this.#takeDeletions();
    }
  }

  /**
   * Sends everything queued and waits for the answers. Failed commands are told to whoever awaits
   * their results, not here.
   *
   * @throws InvocationFailedError when the worker can't be reached; nothing queued is lost.
   */
  flush(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn travels together.
    await Promise.resolve();
    try {
      while (this.#pending.length > 0 || this.#deletions.size > 0) await this.#sendNext();
    } catch (error) {
      throw this.#failWaiting(error);
    } finally {
      // In the turn of the last look at what is pending, so that no command comes in between.
      this.#running = undefined;
    }
  }

  async #sendNext(): Promise<void> {
    const { chunk, rest } = takeChunk(this.#pending, this.#commandsMax);
    this.#setPending(rest);
    const ending = rest.length === 0 ? this.#takeDeletions(awaitedOf(chunk.commands)) : undefined;
    const commands = ending === undefined ? chunk.commands : [...chunk.commands, ending];
    if (commands.length === 0) return;
    this.#sent = { commands, keep: chunk.keep };
    try {
      await this.#send(this.#sent);
    } catch (error) {
      this.#pushFirst(commands);
      throw error;
    } finally {
      this.#sent = undefined;
    }
  }

  async #send(chunk: Chunk): Promise<void> {
    const wire = await this.#wiresOf(chunk);
    const statuses = wire && (await this.#exchange(chunk, wire));
    if (statuses === undefined) return;
    const { again, commandsMax } = settleBatch({ ...chunk, statuses });
    this.#pushFirst(again);
    this.#commandsMax = commandsMax ?? Math.min(CHUNK_COMMANDS_MAX, this.#commandsMax * 2);
  }

  /** The commands as they travel; `undefined` when some could not, and the others wait again. */
  async #wiresOf({ commands }: Chunk): Promise<readonly WireCommand[] | undefined> {
    const outcomes = await Promise.allSettled(
      commands.map(async (command) => await command.wire(this.transport)),
    );
    const fault = outcomes.find((outcome) => outcome.status === 'rejected');
    if (fault === undefined) {
      return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<WireCommand>).value);
    }
    const left: QueuedCommand[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const command = commands[index] as QueuedCommand;
      const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined;
      if (reason instanceof CommandError) failCommand(command, reason);
      else left.push(command);
    }
    if (left.length === commands.length) throw fault.reason;
    this.#pushFirst(left);
    return undefined;
  }

  /** Statuses of the commands; `undefined` when the worker takes only a part of them. */
  async #exchange(
    { commands, keep }: Chunk,
    wire: readonly WireCommand[],
  ): Promise<readonly CommandStatus[] | undefined> {
    try {
      return await this.transport.exchange({ commands: wire, keep: [...keep] });
    } catch (error) {
      if (!(error instanceof CommandError && UNFIT_BATCH.has(error.code))) {
        for (const command of commands) markStored(command, keep);
        throw error;
      }
      const [first, ...others] = commands;
      if (others.length === 0) failCommand(first as QueuedCommand, error);
      else this.#pushFirst(commands);
      this.#commandsMax = Math.ceil(commands.length / 2);
      return undefined;
    }
  }

  /** Whoever waits hears of the fault; what nobody waits for is sent with the next batch. */
  #failWaiting(cause: unknown): TributaryError {
    const error =
      cause instanceof TributaryError
        ? cause
        : new InvocationFailedError('The worker could not be asked; try again', {
            code: 'exchange-failed',
            cause,
          });
    const pending = this.#pending;
    this.#setPending(pending.filter(({ onFailed }) => onFailed === undefined));
    for (const { onFailed } of pending) onFailed?.(error);
    return error;
  }

  /** Puts commands before everything that waits; what depends on failed ones fails with them. */
  #pushFirst(commands: readonly QueuedCommand[]): void {
    const waiting = [...commands, ...this.#pending];
    this.#setPending([]);
    for (const command of waiting) this.push(command);
  }

  #setPending(commands: QueuedCommand[]): void {
    this.#pending = commands;
    this.#pendingBytes = commands.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The next deletions, without those of some objects. */
  #takeDeletions(except?: ReadonlySet<RemoteObject>): QueuedCommand | undefined {
    const objects = [...this.#deletions.values()]
      .filter((object) => except?.has(object) !== true)
      .slice(0, DELETIONS_MAX);
    if (objects.length === 0) return undefined;
    for (const object of objects) {
      this.#deletions.delete(object.reference);
      this.#leaving.add(object);
    }
    return deletionCommand(objects, () => {
      for (const object of objects) this.#leaving.delete(object);
    });
  }
}
