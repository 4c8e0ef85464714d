import { invalidParameter, queueDoesNotExist, SqsError } from './errors.ts';
import { Queue } from './queue.ts';
import {
  applyAttributes,
  initialSettings,
  type QueueSettings,
  settingsToAttributes,
} from './queue-settings.ts';

/** Time after its deletion in which a queue's name can't be used again; the API reference of CreateQueue. */
const RECREATE_AFTER_MS = 60_000;

/** Where the queues live. */
export interface QueueRegistryOptions {
  readonly region: string;
  readonly accountId: string;
  /** Origin of queue URLs, known once the server listens. */
  readonly endpoint: () => string;
}

/** All queues of the account, by name. */
export class QueueRegistry {
  readonly #options: QueueRegistryOptions;
  readonly #queues = new Map<string, Queue>();
  readonly #deletedAtMs = new Map<string, number>();
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(options: QueueRegistryOptions) {
    this.#options = options;
  }

  /**
   * Creates a queue, or returns the one there is when its attributes are equal.
   *
   * @throws {@link SqsError} `QueueNameExists`, `QueueDeletedRecently` or a refusal of name or attributes.
   */
  create(name: string, attributes: Readonly<Record<string, string>>): Queue {
    checkName(name);
    const existing = this.#queues.get(name);
    const settings = applyAttributes(existing?.settings ?? initialSettings(), attributes);
    if (existing !== undefined) {
      checkSameSettings(existing, settings);
      return existing;
    }
    if (
      Date.now() - (this.#deletedAtMs.get(name) ?? Number.NEGATIVE_INFINITY) <
      RECREATE_AFTER_MS
    ) {
      throw new SqsError(
        'QueueDeletedRecently',
        'You must wait 60 seconds after deleting a queue before you can create another with the same name',
        { queryCode: 'AWS.SimpleQueueService.QueueDeletedRecently' },
      );
    }
    const arn = `arn:aws:sqs:${this.#options.region}:${this.#options.accountId}:${name}`;
    this.#checkRedrive(arn, settings);
    const queue = new Queue({
      ...{ name, arn, settings },
      findQueue: (target) => this.findByArn(target),
      onReady: (ready) => this.#notify(ready),
    });
    this.#queues.set(name, queue);
    return queue;
  }

  /** Changes the named attributes of a queue. @throws {@link SqsError} for unknown names or bad values. */
  setAttributes(queue: Queue, attributes: Readonly<Record<string, string>>): void {
    const settings = applyAttributes(queue.settings, attributes);
    this.#checkRedrive(queue.arn, settings);
    queue.settings = settings;
    queue.modifiedAtMs = Date.now();
  }

  /** Deletes a queue with its messages. */
  delete(queue: Queue): void {
    this.#queues.delete(queue.name);
    this.#deletedAtMs.set(queue.name, Date.now());
    queue.close();
  }

  /** The URL by which callers name a queue. */
  urlOf(queue: Queue): string {
    return `${this.#options.endpoint()}/${this.#options.accountId}/${queue.name}`;
  }

  /** Names of all queues, sorted. */
  names(): string[] {
    return [...this.#queues.keys()].sort();
  }

  /** @throws {@link SqsError} `QueueDoesNotExist`. */
  byName(name: string): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      throw queueDoesNotExist(name);
    }
    return queue;
  }

  /** Finds by queue URL; only its last two segments count, since callers reach the server under several names. */
  byUrl(url: string): Queue {
    const [accountId, name] = url.split('/').slice(-2);
    if (accountId !== this.#options.accountId || name === undefined) {
      throw queueDoesNotExist(url);
    }
    return this.byName(name);
  }

  /** Finds by ARN. */
  findByArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.slice(arn.lastIndexOf(':') + 1));
    return queue?.arn === arn ? queue : undefined;
  }

  /** Calls `listener` whenever messages of a queue, present or future, become receivable. @returns the unsubscription. */
  onReady(arn: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(arn) ?? new Set();
    this.#listeners.set(arn, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Ends every timer and long poll. */
  close(): void {
    for (const queue of this.#queues.values()) {
      queue.close();
    }
    this.#queues.clear();
    this.#listeners.clear();
  }

  #notify(arn: string): void {
    for (const listener of this.#listeners.get(arn) ?? []) {
      listener();
    }
  }

  #checkRedrive(arn: string, { redrive }: QueueSettings): void {
    const targetArn = redrive?.deadLetterTargetArn;
    if (targetArn === arn || (targetArn !== undefined && this.findByArn(targetArn) === undefined)) {
      throw invalidParameter(
        `Value for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist or is the queue itself: ${targetArn}`,
      );
    }
  }
}

function checkName(name: string): void {
  if (name.endsWith('.fifo')) {
    throw new SqsError(
      'UnsupportedOperation',
      `The local cloud has no FIFO queues, got ${name}; use a standard queue`,
      { queryCode: 'AWS.SimpleQueueService.UnsupportedOperation' },
    );
  }
  if (!/^[\w-]{1,80}$/.test(name)) {
    throw invalidParameter(
      'The name of a queue can only include alphanumeric characters, hyphens, or underscores, 1 to 80 in length',
    );
  }
}

function checkSameSettings(queue: Queue, wanted: QueueSettings): void {
  const actual = settingsToAttributes(queue.settings);
  for (const [name, value] of Object.entries(settingsToAttributes(wanted))) {
    if (actual[name] !== value) {
      throw new SqsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${name}`,
        { queryCode: 'QueueAlreadyExists' },
      );
    }
  }
}
