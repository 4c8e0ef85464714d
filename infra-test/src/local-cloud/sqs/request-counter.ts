/** Bytes of payload that are billed as one request. @see https://aws.amazon.com/sqs/pricing/ */
const BILLED_CHUNK_BYTES = 65_536;

/** What an account would be billed for by SQS. */
export interface SqsCounters {
  /** Billed requests: one per call and begun 64 KiB of payload. */
  readonly requests: number;
  /** The same by operation, those made by event source mappings included. */
  readonly byOperation: Readonly<Record<string, number>>;
}

/** Counts requests as SQS bills them. */
export class RequestCounter {
  readonly #byOperation = new Map<string, number>();

  /** Adds one call that carried `payloadBytes` of messages, sent or received. */
  add(operation: string, payloadBytes: number): void {
    const billed = Math.max(1, Math.ceil(payloadBytes / BILLED_CHUNK_BYTES));
    this.#byOperation.set(operation, (this.#byOperation.get(operation) ?? 0) + billed);
  }

  /** The counts so far. */
  snapshot(): SqsCounters {
    let requests = 0;
    for (const count of this.#byOperation.values()) {
      requests += count;
    }
    return { requests, byOperation: Object.fromEntries(this.#byOperation) };
  }
}
