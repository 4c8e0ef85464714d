import { randomUUID } from 'node:crypto';
import { invalidParameter, invalidReceiptHandle, SqsError } from './errors.ts';
import { LongPolls } from './long-polls.ts';
import {
  type MessageAttribute,
  md5OfText,
  messageByteCount,
  type OutgoingMessage,
  type ReceivedMessage,
} from './message.ts';
import type { QueueSettings } from './queue-settings.ts';

/**
 * Messages a standard queue may have in flight.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const IN_FLIGHT_MAX = 120_000;

/** Longest time a message may stay invisible, counted from the delivery: 12 hours (same page). */
const VISIBILITY_SECONDS_MAX = 43_200;

interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly bodyMd5: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly sentAtMs: number;
  deadLetterSourceArn: string | undefined;
  receiveCount: number;
  firstReceivedAtMs: number;
  receivedAtMs: number;
  /** The last delivery's receipt; older ones have no effect, as in SQS. */
  receiptHandle: string | undefined;
}

/** How many messages a queue holds, by what can be done with them. */
export interface MessageCounts {
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** What one receive takes. */
export interface ReceiveOptions {
  /** 1 or more. */
  readonly countMax: number;
  /** Bytes of bodies and attributes, over which no further message is taken. @default no bound */
  readonly bytesMax?: number | undefined;
  /** Seconds until the messages come back; 0 … 43,200. @default the queue's own */
  readonly visibilitySeconds?: number | undefined;
}

/** What a queue needs from its surroundings. */
export interface QueueOptions {
  readonly name: string;
  readonly arn: string;
  readonly settings: QueueSettings;
  /** Finds the dead-letter queue. */
  readonly findQueue: (arn: string) => Queue | undefined;
  /** Called after messages became receivable. */
  readonly onReady: (arn: string) => void;
}

/** One standard queue in memory: at-least-once delivery with visibility timeouts. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAtMs: number = Date.now();
  settings: QueueSettings;
  modifiedAtMs: number = Date.now();
  purgedAtMs: number = Number.NEGATIVE_INFINITY;
  readonly #options: QueueOptions;
  readonly #messages = new Map<string, StoredMessage>();
  /** Receivable messages in the order in which they became so. */
  readonly #ready = new Set<StoredMessage>();
  readonly #inFlight = new Map<StoredMessage, NodeJS.Timeout>();
  readonly #delayed = new Map<StoredMessage, NodeJS.Timeout>();
  readonly #longPolls = new LongPolls<ReceivedMessage>();

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.arn = options.arn;
    this.settings = options.settings;
    this.#options = options;
  }

  /** Counts of messages; like SQS's own, those past retention are in until a receive meets them. */
  counts(): MessageCounts {
    return {
      ready: this.#ready.size,
      inFlight: this.#inFlight.size,
      delayed: this.#delayed.size,
    };
  }

  /** Whether so many messages are in flight that none can be received. */
  get isOverLimit(): boolean {
    return this.#inFlight.size >= IN_FLIGHT_MAX;
  }

  /** Stores a message. @returns its id. */
  send(outgoing: OutgoingMessage): string {
    const message: StoredMessage = {
      messageId: randomUUID(),
      body: outgoing.body,
      bodyMd5: md5OfText(outgoing.body),
      attributes: outgoing.attributes ?? {},
      sentAtMs: Date.now(),
      deadLetterSourceArn: undefined,
      receiveCount: 0,
      firstReceivedAtMs: 0,
      receivedAtMs: 0,
      receiptHandle: undefined,
    };
    this.#messages.set(message.messageId, message);
    const delayMs = outgoing.delayMs ?? this.settings.delaySeconds * 1_000;
    if (delayMs > 0) {
      this.#hide(message, this.#delayed, delayMs);
    } else {
      this.#makeReady(message);
    }
    return message.messageId;
  }

  /**
   * Delivers what can be received now; messages past their deliveries move to the dead-letter queue instead.
   *
   * @throws {@link SqsError} `OverLimit` when 120,000 messages are in flight.
   */
  receive(options: ReceiveOptions): ReceivedMessage[] {
    const { countMax, bytesMax = Number.POSITIVE_INFINITY } = options;
    const visibilitySeconds = options.visibilitySeconds ?? this.settings.visibilityTimeoutSeconds;
    if (this.isOverLimit) {
      throw new SqsError('OverLimit', `Queue ${this.name} has ${IN_FLIGHT_MAX} messages in flight`);
    }
    const received: ReceivedMessage[] = [];
    let byteCount = 0;
    for (const message of this.#ready) {
      byteCount += messageByteCount(message);
      if (received.length === countMax || (received.length > 0 && byteCount > bytesMax)) {
        break;
      }
      this.#ready.delete(message);
      if (!this.#isExpired(message) && !this.#moveToDeadLetters(message)) {
        received.push(this.#deliver(message, visibilitySeconds));
      }
    }
    return received;
  }

  /** As {@link Queue.receive}, but waits for a first message; none after `waitMs` or when the queue closes. */
  async receiveWaiting(options: ReceiveOptions, waitMs: number): Promise<ReceivedMessage[]> {
    const take = (): ReceivedMessage[] => this.receive(options);
    const received = take();
    return received.length > 0 || waitMs <= 0 ? received : this.#longPolls.wait(take, waitMs);
  }

  /**
   * Deletes a delivered message; with an outdated receipt, or twice, nothing happens.
   *
   * @throws {@link SqsError} `ReceiptHandleIsInvalid` for a handle this queue never gave out.
   */
  delete(receiptHandle: string): void {
    const message = this.#findByReceipt(receiptHandle);
    if (message !== undefined) {
      this.#remove(message);
    }
  }

  /**
   * Makes a message in flight visible after `seconds` from now; 0 gives it back at once.
   *
   * @throws {@link SqsError} `ReceiptHandleIsInvalid`, `MessageNotInflight` or `InvalidParameterValue`.
   */
  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#findByReceipt(receiptHandle);
    if (message === undefined || !this.#inFlight.has(message)) {
      throw new SqsError('MessageNotInflight', 'The message referred to is not in flight', {
        queryCode: 'AWS.SimpleQueueService.MessageNotInflight',
      });
    }
    if (Date.now() + seconds * 1_000 > message.receivedAtMs + VISIBILITY_SECONDS_MAX * 1_000) {
      throw invalidParameter(
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${VISIBILITY_SECONDS_MAX} seconds]`,
      );
    }
    this.#unhide(message);
    this.#hide(message, this.#inFlight, seconds * 1_000);
  }

  /** Deletes every message, also those in flight. */
  purge(): void {
    for (const message of this.#messages.values()) {
      this.#unhide(message);
    }
    this.#messages.clear();
    this.#ready.clear();
  }

  /** Ends every timer and long poll; the messages are gone. */
  close(): void {
    this.purge();
    this.#longPolls.close();
  }

  #makeReady(message: StoredMessage): void {
    this.#ready.add(message);
    this.#longPolls.serve();
    if (this.#ready.size > 0) {
      this.#options.onReady(this.arn);
    }
  }

  #deliver(message: StoredMessage, visibilitySeconds: number): ReceivedMessage {
    const now = Date.now();
    message.receiveCount += 1;
    message.receivedAtMs = now;
    message.firstReceivedAtMs ||= now;
    const receiptHandle = Buffer.from(
      `${this.name}/${message.messageId}/${message.receiveCount}`,
    ).toString('base64');
    message.receiptHandle = receiptHandle;
    this.#hide(message, this.#inFlight, visibilitySeconds * 1_000);
    const { messageId, body, bodyMd5, attributes, receiveCount, sentAtMs } = message;
    const { firstReceivedAtMs, deadLetterSourceArn } = message;
    return {
      ...{ messageId, receiptHandle, body, bodyMd5, attributes, receiveCount, sentAtMs },
      ...{ firstReceivedAtMs, deadLetterSourceArn },
    };
  }

  #moveToDeadLetters(message: StoredMessage): boolean {
    const { redrive } = this.settings;
    if (redrive === undefined || message.receiveCount < redrive.maxReceiveCount) {
      return false;
    }
    const target = this.#options.findQueue(redrive.deadLetterTargetArn);
    if (target === undefined || target === this) {
      return false;
    }
    this.#remove(message);
    target.#adopt(message, this.arn);
    return true;
  }

  /** Takes over a message as it is: id, send time and receive count go on, so retention counts from the first send. */
  #adopt(message: StoredMessage, sourceArn: string): void {
    message.deadLetterSourceArn = sourceArn;
    message.receiptHandle = undefined;
    this.#messages.set(message.messageId, message);
    this.#makeReady(message);
  }

  #isExpired(message: StoredMessage): boolean {
    const isExpired = Date.now() - message.sentAtMs >= this.settings.retentionSeconds * 1_000;
    if (isExpired) {
      this.#remove(message);
    }
    return isExpired;
  }

  #hide(message: StoredMessage, where: Map<StoredMessage, NodeJS.Timeout>, delayMs: number): void {
    const appear = (): void => {
      where.delete(message);
      this.#makeReady(message);
    };
    where.set(message, setTimeout(appear, delayMs));
  }

  #unhide(message: StoredMessage): void {
    clearTimeout(this.#inFlight.get(message) ?? this.#delayed.get(message));
    this.#inFlight.delete(message);
    this.#delayed.delete(message);
  }

  #remove(message: StoredMessage): void {
    this.#unhide(message);
    this.#ready.delete(message);
    this.#messages.delete(message.messageId);
  }

  /** @returns undefined when the message is gone or the receipt isn't its last one. */
  #findByReceipt(receiptHandle: string): StoredMessage | undefined {
    const [name, messageId = ''] = Buffer.from(receiptHandle, 'base64').toString().split('/');
    if (name !== this.name) {
      throw invalidReceiptHandle();
    }
    const message = this.#messages.get(messageId);
    return message?.receiptHandle === receiptHandle ? message : undefined;
  }
}
