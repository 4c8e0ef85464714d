import type { TributaryError, WireCommand } from '../protocol/index.ts';
import type { RemoteObject } from './remote-object.ts';
import type { WorkerTransport } from './transport.ts';

/** One command that waits to be sent, with whoever waits for it. */
export interface QueuedCommand {
  /** Objects it reads. */
  readonly inputs: readonly RemoteObject[];
  /** Objects it makes. */
  readonly outputs: readonly RemoteObject[];
  /** True when it must run even if nobody holds what it makes. @default false */
  readonly isWanted?: boolean;
  /** True when the worker stores what it makes without being told to keep it. @default false */
  readonly storesResults?: boolean;
  /** Objects that it deletes: nothing that makes objects follows it in one batch. @default none */
  readonly deletes?: readonly RemoteObject[] | undefined;
  /** Encoded length in a batch, in bytes; an upper bound. */
  readonly bytes: number;
  /**
   * Its form in a batch; moves data that is too large for a batch.
   *
   * @throws CommandError when the worker will not have the data: then this command fails alone.
   */
  wire(transport: WorkerTransport): WireCommand | Promise<WireCommand>;
  /**
   * Says what cures a fault of the worker: a command that is sent before this one, and both again.
   *
   * @returns `undefined` when nothing does; then this command fails.
   */
  readonly remedy?: ((error: TributaryError) => QueuedCommand | undefined) | undefined;
  /**
   * Says whether a fault of the worker is cured by moving this command's data again, and prepares that;
   * it gives up after some times. False leaves the fault to {@link QueuedCommand.remedy}.
   */
  readonly repeats?: ((error: TributaryError) => boolean) | undefined;
  /** Gets the status's value. */
  readonly onDone?: ((value: unknown) => void) | undefined;
  /** Present when somebody waits. */
  readonly onFailed?: ((error: Error) => void) | undefined;
}
