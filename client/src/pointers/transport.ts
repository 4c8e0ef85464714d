import type { CommandStatus, WireCommand } from '../protocol/index.ts';

/** What travels to a worker in one round trip. */
export interface OutgoingBatch {
  readonly commands: readonly WireCommand[];
  /** Ids of results that somebody still holds, and that the worker must store. */
  readonly keep: readonly string[];
}

/** The way to one worker. An exchange may be repeated: every command in it is idempotent. */
export interface WorkerTransport {
  /**
   * Bytes of tensor data that may travel inside one batch; what is larger goes through
   * {@link WorkerTransport.upload}.
   */
  readonly inlineBytesMax: number;
  /**
   * Sends a batch and waits for the status of each command.
   *
   * @throws InvocationFailedError when there was no answer; the batch may be sent again.
   */
  exchange(batch: OutgoingBatch): Promise<readonly CommandStatus[]>;
  /** True when the worker can fetch what another one of its federation offers by a URL. */
  readonly fetches: boolean;
  /** Puts bytes where the worker can read them, and names them. */
  upload(bytes: Uint8Array): Promise<string>;
  /** Bytes that were too large for an answer. */
  download(from: { readonly url: string; readonly sha256: string }): Promise<Uint8Array>;
}
