import type { CommandStatus } from '../protocol/index.ts';
import { errorFromJson, InvocationFailedError, TributaryError } from '../protocol/index.ts';
import { type Chunk, deletionCommand, takeChunk } from './command-chunk.ts';
import type { QueuedCommand } from './queued-command.ts';
import type { RemoteObject } from './remote-object.ts';
import type { WorkerTransport } from './transport.ts';

/** Commands that wait before the queue sends them without being asked. */
const PENDING_COUNT_MAX = 2_000;

/** How long a deletion waits for other commands to travel with, in milliseconds. */
const DELETION_DELAY_MS = 20;

/**
 * The commands of one caller for one worker, in order. They travel when a value is awaited, in as
 * few batches as fit; a command that nobody needs any more never travels.
 */
export class CommandQueue {
  readonly transport: WorkerTransport;
  #pending: QueuedCommand[] = [];
  readonly #deletions = new Map<string, RemoteObject>();
  readonly #objects = new Map<string, RemoteObject>();
  #running: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(transport: WorkerTransport) {
    this.transport = transport;
  }

  /** Count of objects that will be at the worker when everything queued is done, less those that are. */
  get objectCountChange(): number {
    const coming = [...this.#objects.values()].filter(
      ({ state, isHeld }) => state === 'queued' && isHeld,
    );
    return coming.length - this.#deletions.size;
  }

  /** The object of an id that this program already knows; every pointer to it shares one. */
  knownObject(id: string): RemoteObject | undefined {
    return this.#objects.get(id);
  }

  /** Whatever the worker held is there no longer. @internal */
  vanishStored(): void {
    for (const object of this.#objects.values()) if (object.state === 'stored') object.vanish();
  }

  /** @internal */
  know(object: RemoteObject): void {
    this.#objects.set(object.id, object);
  }

  /** @internal */
  forget(object: RemoteObject): void {
    this.#objects.delete(object.id);
  }

  /** Adds a command; one that needs what a failed command should have made fails at once. */
  push(command: QueuedCommand): void {
    const error = command.inputs.find(({ state }) => state === 'failed')?.error;
    if (error !== undefined) {
      fail(command, error);
      return;
    }
    this.#pending.push(command);
    // Sent early, so that a long chain doesn't fill memory; whoever awaits a value hears of faults.
    if (this.#pending.length >= PENDING_COUNT_MAX) this.flush().catch(() => undefined);
  }

  /** Deletes an object after everything queued so far, together with others. */
  delete(object: RemoteObject): void {
    this.#deletions.set(object.reference, object);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // Nobody waits for this; what could not be deleted is tried with the next batch.
      this.flush().catch(() => undefined);
    }, DELETION_DELAY_MS);
  }

  /** Has deletions wait for nothing that is queued later, so that what looks at the store sees them done. */
  deleteNow(): void {
    if (this.#deletions.size === 0) return;
    this.#pending.push(deletionCommand([...this.#deletions.values()]));
    this.#deletions.clear();
  }

  /**
   * Sends everything queued and waits for the answers. Failed commands are told to whoever awaits
   * their results, not here.
   *
   * @throws InvocationFailedError when the worker can't be reached; nothing queued is lost.
   */
  flush(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn travels together.
    await Promise.resolve();
    while (this.#pending.length > 0 || this.#deletions.size > 0) {
      const { chunk, rest } = takeChunk(this.#pending);
      this.#pending = rest;
      const deletions = rest.length === 0 ? [...this.#deletions.values()] : [];
      for (const { reference } of deletions) this.#deletions.delete(reference);
      if (chunk.commands.length === 0 && deletions.length === 0) continue;
      await this.#send(chunk, deletions);
    }
  }

  async #send(chunk: Chunk, deletions: readonly RemoteObject[]): Promise<void> {
    const deletion = deletions.length === 0 ? [] : [deletionCommand(deletions)];
    const commands = [...chunk.commands, ...deletion];
    let statuses: readonly CommandStatus[];
    try {
      const wire = await Promise.all(commands.map((command) => command.wire(this.transport)));
      statuses = await this.transport.exchange({ commands: wire, keep: [...chunk.keep] });
      if (statuses.length !== commands.length) throw unfit(statuses.length, commands.length);
    } catch (error) {
      this.#putBack(chunk, deletions, error);
      throw error;
    }
    this.#apply(commands, { statuses, keep: chunk.keep });
  }

  /** Whoever waits hears of the fault; what nobody waits for is sent with the next batch. */
  #putBack(chunk: Chunk, deletions: readonly RemoteObject[], cause: unknown): void {
    const error =
      cause instanceof TributaryError
        ? cause
        : new InvocationFailedError('The worker could not be asked; try again', {
            code: 'exchange-failed',
            cause,
          });
    const kept = chunk.commands.filter((command) => command.onFailed === undefined);
    for (const command of chunk.commands) command.onFailed?.(error);
    this.#pending = [...kept, ...this.#pending];
    for (const object of deletions) this.#deletions.set(object.reference, object);
  }

  #apply(
    commands: readonly QueuedCommand[],
    answer: { readonly statuses: readonly CommandStatus[]; readonly keep: ReadonlySet<string> },
  ): void {
    const again: QueuedCommand[] = [];
    for (const [index, command] of commands.entries()) {
      const status = answer.statuses[index];
      if (status?.status === 'done') done(command, status, answer.keep);
      else if (status?.status === 'failed') fail(command, errorFromJson(status.error));
      else again.push(command);
    }
    const pending = this.#pending;
    this.#pending = [];
    // Pushed anew, so that what depends on a failed command fails with it.
    for (const command of again) this.push(command);
    this.#pending.push(...pending.filter((command) => !failsWithInputs(command)));
  }
}

function done(
  command: QueuedCommand,
  status: Extract<CommandStatus, { readonly status: 'done' }>,
  keep: ReadonlySet<string>,
): void {
  for (const output of command.outputs) {
    if (output.state !== 'queued') continue;
    if (command.storesResults || keep.has(output.id)) output.storedAtWorker();
    else output.vanish();
  }
  command.onDone?.(status.value);
}

function failsWithInputs(command: QueuedCommand): boolean {
  const error = command.inputs.find(({ state }) => state === 'failed')?.error;
  if (error !== undefined) fail(command, error);
  return error !== undefined;
}

function fail(command: QueuedCommand, error: TributaryError): void {
  for (const output of command.outputs) output.fail(error);
  command.onFailed?.(error);
}

function unfit(got: number, expected: number): InvocationFailedError {
  return new InvocationFailedError(
    `The worker answered ${got} statuses to ${expected} commands; compare the versions of both sides`,
    { code: 'answer-invalid' },
  );
}
