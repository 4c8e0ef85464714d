import { RequestRefusedError } from '../protocol/index.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { OperationContext } from './progress.ts';
import { SlotLease } from './slot-lease.ts';
import { askForSlot, type EncodedUpdate } from './slot-request.ts';
import { uploadBytes } from './upload.ts';

/** Sends one update, as often as is needed, under one slot after another. */
export class UpdateSender {
  readonly #update: EncodedUpdate;
  readonly #context: OperationContext;
  readonly #what: string;
  readonly #lease: SlotLease;

  constructor(update: EncodedUpdate, client: CoordinatorClient, context: OperationContext) {
    const { round, model } = update;
    this.#update = update;
    this.#context = context;
    this.#what = `the upload for round ${round} of model ${model}`;
    const ask = () => askForSlot(update, client, context).catch(markRefusal);
    this.#lease = new SlotLease({ what: this.#what, ask }, context.environment);
  }

  /**
   * Puts the same bytes again each time.
   *
   * @returns The refusal when the coordinator gave no slot; `undefined` once something is stored.
   * @throws What {@link uploadBytes} throws.
   */
  async send(): Promise<RequestRefusedError | undefined> {
    try {
      const { bytes } = this.#update;
      await uploadBytes({ what: this.#what, bytes, lease: this.#lease }, this.#context);
      return undefined;
    } catch (error) {
      if (error instanceof SlotRefused) return error.refusal;
      throw error;
    }
  }
}

/** Tells the coordinator's refusal of a slot from the storage's refusal of the bytes. */
class SlotRefused extends Error {
  readonly refusal: RequestRefusedError;

  constructor(refusal: RequestRefusedError) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
  }
}

function markRefusal(error: unknown): never {
  throw error instanceof RequestRefusedError ? new SlotRefused(error) : error;
}
