import type { ReceivedMessage, SqsService } from '../sqs/index.ts';
import { failedMessageIds } from './batch-response.ts';
import type { Invoker } from './invoker.ts';
import { sqsEvent } from './sqs-event.ts';

/**
 * Batches a queue's mapping has under way at first, and the time after which one more may be while there is work:
 * 300 a minute.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const CONCURRENCY_INITIAL = 5;
const CONCURRENCY_STEP_MS = 200;

/** Bytes of messages in one event: half of the 6 MiB an event may have, since JSON escapes can double a body. */
const EVENT_MESSAGE_BYTES_MAX = 3_145_728;

/** How a queue feeds a function. */
export interface MappingSettings {
  readonly functionName: string;
  readonly functionArn: string;
  /** 1 … 10,000. */
  readonly batchSize: number;
  /** Seconds to wait for a full batch; 0 … 300. */
  readonly windowSeconds: number;
  /** Whether the function's result names the messages that failed. */
  readonly reportsItemFailures: boolean;
  /** Batches under way at most; 2 … 1,000. */
  readonly concurrencyMax: number | undefined;
  readonly isEnabled: boolean;
}

/** What a mapping works with. */
export interface MappingContext {
  readonly region: string;
  readonly queues: SqsService;
  readonly invoker: Invoker;
}

/**
 * Feeds one function from one queue.
 *
 * Messages are received only when a process stands ready for them: waiting at a concurrency limit costs them
 * neither visibility nor one of their deliveries.
 */
export class EventSourceMapping {
  readonly uuid: string;
  readonly queueArn: string;
  settings: MappingSettings;
  modifiedAtMs: number = Date.now();
  readonly #context: MappingContext;
  readonly #unsubscribe: () => void;
  /** Batches under way, and those of them that have received nothing yet. */
  #runningCount = 0;
  #unreceivedCount = 0;
  #busySinceMs = 0;
  #windowTimer: NodeJS.Timeout | undefined;
  #isWindowOver = false;
  #growthTimer: NodeJS.Timeout | undefined;

  constructor(
    identity: { readonly uuid: string; readonly queueArn: string },
    settings: MappingSettings,
    context: MappingContext,
  ) {
    this.uuid = identity.uuid;
    this.queueArn = identity.queueArn;
    this.settings = settings;
    this.#context = context;
    this.#unsubscribe = context.queues.onReady(this.queueArn, () => this.#pump());
    this.#pump();
  }

  /** Works by other settings from now on; batches under way end by the old ones. */
  update(settings: MappingSettings): void {
    this.settings = settings;
    this.modifiedAtMs = Date.now();
    this.#endWindow();
    this.#pump();
  }

  /** Takes no further batch. */
  close(): void {
    this.settings = { ...this.settings, isEnabled: false };
    this.#unsubscribe();
    this.#endWindow();
    clearTimeout(this.#growthTimer);
  }

  #pump(): void {
    while (this.#isBatchDue()) {
      this.#endWindow();
      if (this.#runningCount === 0) {
        this.#busySinceMs = Date.now();
      }
      this.#runningCount += 1;
      this.#unreceivedCount += 1;
      void this.#deliver();
    }
  }

  #isBatchDue(): boolean {
    const { batchSize, windowSeconds, isEnabled } = this.settings;
    const readyCount = this.#context.queues.findQueue(this.queueArn)?.counts().ready ?? 0;
    const waitingCount = readyCount - this.#unreceivedCount * batchSize;
    if (!isEnabled || waitingCount <= 0 || !this.#hasCapacity()) {
      return false;
    }
    if (waitingCount < batchSize && windowSeconds > 0 && !this.#isWindowOver) {
      this.#windowTimer ??= setTimeout(() => {
        this.#isWindowOver = true;
        this.#pump();
      }, windowSeconds * 1_000);
      return false;
    }
    return true;
  }

  #hasCapacity(): boolean {
    const grown =
      this.#runningCount === 0 ? 0 : (Date.now() - this.#busySinceMs) / CONCURRENCY_STEP_MS;
    const limit = this.settings.concurrencyMax ?? CONCURRENCY_INITIAL + Math.floor(grown);
    const hasCapacity = this.#runningCount < limit;
    if (!hasCapacity && this.settings.concurrencyMax === undefined) {
      clearTimeout(this.#growthTimer);
      this.#growthTimer = setTimeout(() => this.#pump(), CONCURRENCY_STEP_MS);
    }
    return hasCapacity;
  }

  #endWindow(): void {
    clearTimeout(this.#windowTimer);
    this.#windowTimer = undefined;
    this.#isWindowOver = false;
  }

  async #deliver(): Promise<void> {
    const { settings } = this;
    let batch: readonly ReceivedMessage[] | undefined;
    const outcome = await this.#context.invoker.invoke({
      functionName: settings.functionName,
      atLimit: 'wait',
      payload: () => {
        this.#unreceivedCount -= 1;
        batch = this.#receive(settings.batchSize);
        return batch.length > 0
          ? sqsEvent(batch, { arn: this.queueArn, region: this.#context.region })
          : undefined;
      },
    });
    this.#runningCount -= 1;
    this.#unreceivedCount -= batch === undefined ? 1 : 0;
    if (outcome.kind === 'done' && outcome.failure === undefined) {
      this.#deleteDone(batch ?? [], outcome.payload, settings);
    }
    if (outcome.kind === 'gone') {
      this.settings = { ...this.settings, isEnabled: false };
    }
    if (outcome.kind === 'done') {
      this.#pump();
    }
  }

  #receive(countMax: number): ReceivedMessage[] {
    const limits = { countMax, bytesMax: EVENT_MESSAGE_BYTES_MAX };
    return this.settings.isEnabled ? this.#context.queues.receiveFor(this.queueArn, limits) : [];
  }

  /** What isn't deleted comes back when its visibility timeout is over. */
  #deleteDone(
    batch: readonly ReceivedMessage[],
    payload: string,
    { reportsItemFailures }: MappingSettings,
  ): void {
    const messageIds = new Set(batch.map(({ messageId }) => messageId));
    const failed = reportsItemFailures ? failedMessageIds(payload, messageIds) : new Set<string>();
    const done = batch.filter(({ messageId }) => !failed.has(messageId));
    this.#context.queues.deleteFor(
      this.queueArn,
      done.map(({ receiptHandle }) => receiptHandle),
    );
  }
}
