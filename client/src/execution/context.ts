import type { Tf } from './shapes/spec.ts';
import type { TransferStore } from './store/transfer-store.ts';
import type { WorkerStore } from './store/worker-store.ts';

/** What a batch is executed with; all of it comes from outside, so that nothing here knows where it runs. */
export interface ExecutionContext {
  /** The worker's id; batches for another one are refused. */
  readonly worker: string;
  /** Verified pseudonym of who asks; never taken from the batch. */
  readonly caller: string;
  readonly store: WorkerStore;
  /** The TensorFlow.js to compute with; its backend, tensors and gradients are left as they are. */
  readonly tf: Tf;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Until when commands may be begun, in milliseconds since 1970.
   *
   * @default without end
   */
  readonly deadline?: (() => number) | undefined;
  /** The pseudonym that a user's name stands for. */
  readonly pseudonymOf: (user: string) => string;
  /**
   * Makes ready for computing with values of one party; values of two never share memory that an
   * index could leave.
   *
   * @param party - The same text for callers and conditions that are the same.
   * @default nothing to make ready
   */
  readonly prepare?: ((party: string) => Promise<void>) | undefined;
  /**
   * Ways for large elements. Without them, values of any size travel in batches and answers.
   *
   * @default none
   */
  readonly transfers?: TransferStore | undefined;
}
