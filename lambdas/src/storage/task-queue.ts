import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  InvocationFailedError,
  QUEUE_DELAY_SECONDS_MAX,
  type Task,
} from '@tributary/client/protocol';

/** Most messages of one SQS batch (SQS quotas). */
const BATCH_MAX = 10;

/** Where tasks are left for the aggregator. Every one is a hint: the sweep finds what is lost. */
export interface TaskQueue {
  /** @param delaySeconds - 0 … 900, whole; the message is hidden that long. @default 0 */
  send(task: Task, delaySeconds?: number): Promise<void>;
  /** Sends any number of tasks, in batches. */
  sendAll(tasks: readonly Task[]): Promise<void>;
}

/** Makes the SQS client every function uses; endpoint, region and credentials come from the environment. */
export function createSqsClient(): SQSClient {
  return new SQSClient({ maxAttempts: 5 });
}

export interface SqsTaskQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/** {@link TaskQueue} on SQS. */
export class SqsTaskQueue implements TaskQueue {
  readonly #client: SQSClient;
  readonly #queueUrl: string;

  constructor(options: SqsTaskQueueOptions) {
    this.#client = options.client;
    this.#queueUrl = options.queueUrl;
  }

  async send(task: Task, delaySeconds = 0): Promise<void> {
    if (!(Number.isInteger(delaySeconds) && delaySeconds >= 0)) {
      throw new Error(`Delay is ${delaySeconds} s, expected whole seconds ≥ 0`);
    }
    if (delaySeconds > QUEUE_DELAY_SECONDS_MAX) {
      throw new Error(`Delay is ${delaySeconds} s, SQS keeps at most ${QUEUE_DELAY_SECONDS_MAX}`);
    }
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#queueUrl,
        MessageBody: JSON.stringify(task),
        DelaySeconds: delaySeconds,
      }),
    );
  }

  async sendAll(tasks: readonly Task[]): Promise<void> {
    for (let begin = 0; begin < tasks.length; begin += BATCH_MAX) {
      await this.#sendBatch(tasks.slice(begin, begin + BATCH_MAX));
    }
  }

  /** @throws {@link InvocationFailedError} `queue-failed`: a batch may be accepted in part. */
  async #sendBatch(tasks: readonly Task[]): Promise<void> {
    const { Failed: failed = [] } = await this.#client.send(
      new SendMessageBatchCommand({
        QueueUrl: this.#queueUrl,
        Entries: tasks.map((task, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(task),
        })),
      }),
    );
    if (failed.length === 0) return;
    throw new InvocationFailedError(
      `SQS took ${tasks.length - failed.length} of ${tasks.length} tasks (${failed[0]?.Code}); the step will be tried again`,
      { code: 'queue-failed' },
    );
  }
}
