import type { CloudRequest, CloudResponse, CloudService, QueueSink } from '../service.ts';
import { queueDoesNotExist, SqsError } from './errors.ts';
import { parseJson } from './json.ts';
import { MESSAGE_BYTES_MAX, messageByteCount, type ReceivedMessage } from './message.ts';
import type { Operation } from './operation.ts';
import type { Queue } from './queue.ts';
import { queueOperations } from './queue-operations.ts';
import { QueueRegistry, type QueueRegistryOptions } from './queue-registry.ts';
import { receiveOperations } from './receive-operations.ts';
import { readBody } from './request-body.ts';
import { RequestCounter, type SqsCounters } from './request-counter.ts';
import { sendOperations } from './send-operations.ts';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...queueOperations, ...sendOperations, ...receiveOperations }),
);

/** JSON escapes a byte as six characters at most, and ten messages share the 1 MiB. */
const BODY_BYTES_MAX = 8 * 1_048_576;

/** Messages one receive or delete call takes. */
const CALL_MESSAGES_MAX = 10;

/** SQS in memory: standard queues behind the AWS JSON protocol, and the side doors other services use. */
export class SqsService implements CloudService, QueueSink {
  readonly #registry: QueueRegistry;
  readonly #counter = new RequestCounter();

  constructor(options: QueueRegistryOptions) {
    this.#registry = new QueueRegistry(options);
  }

  /** Serves one call of the API; every refusal is an answer. */
  async handle(request: CloudRequest): Promise<CloudResponse> {
    try {
      const operationName = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '');
      const operation = OPERATIONS.get(operationName);
      if (operation === undefined) {
        throw new SqsError(
          'UnsupportedOperation',
          `SQS operation ${operationName || 'without x-amz-target'} isn't implemented by the local cloud`,
          { queryCode: 'AWS.SimpleQueueService.UnsupportedOperation' },
        );
      }
      const result = await operation(this.#registry, await readJson(request));
      this.#counter.add(operationName, result.payloadBytes ?? 0);
      return jsonResponse(200, result.output);
    } catch (error) {
      if (error instanceof SqsError) {
        return errorResponse(error);
      }
      throw error;
    }
  }

  /**
   * Delivers a message from another service, unbilled as AWS's own deliveries are.
   *
   * @param options.delayMs - Milliseconds before it can be received, any number; 0 when absent.
   * @throws {@link SqsError} `QueueDoesNotExist`.
   */
  sendToArn(queueArn: string, body: string, options: { readonly delayMs?: number } = {}): void {
    const queue = this.#registry.findByArn(queueArn);
    if (queue === undefined) {
      throw queueDoesNotExist(queueArn);
    }
    queue.send({ body, delayMs: options.delayMs });
  }

  /** A queue's state, for what has to look without receiving. */
  findQueue(queueArn: string): Pick<Queue, 'arn' | 'settings' | 'counts'> | undefined {
    return this.#registry.findByArn(queueArn);
  }

  /** Calls `listener` when messages of the queue become receivable. @returns the unsubscription. */
  onReady(queueArn: string, listener: () => void): () => void {
    return this.#registry.onReady(queueArn, listener);
  }

  /**
   * Receives for a consumer inside the cloud, billed in calls of ten; nothing if the queue is gone or
   * has too many messages in flight.
   *
   * @param limits.bytesMax - Bytes over which no further message is taken.
   */
  receiveFor(
    queueArn: string,
    limits: { readonly countMax: number; readonly bytesMax: number },
  ): ReceivedMessage[] {
    const queue = this.#registry.findByArn(queueArn);
    const received: ReceivedMessage[] = [];
    let bytesMax = limits.bytesMax;
    while (queue?.isOverLimit === false && received.length < limits.countMax) {
      const countMax = Math.min(CALL_MESSAGES_MAX, limits.countMax - received.length);
      const page = queue.receive({ countMax, bytesMax });
      const payloadBytes = page.reduce((sum, message) => sum + messageByteCount(message), 0);
      this.#counter.add('ReceiveMessage', payloadBytes);
      received.push(...page);
      bytesMax -= payloadBytes;
      if (page.length < countMax || bytesMax < MESSAGE_BYTES_MAX) {
        break;
      }
    }
    return received;
  }

  /** Deletes what a consumer inside the cloud has done, billed in calls of ten. */
  deleteFor(queueArn: string, receiptHandles: readonly string[]): void {
    const queue = this.#registry.findByArn(queueArn);
    for (const [index, receiptHandle] of receiptHandles.entries()) {
      if (index % CALL_MESSAGES_MAX === 0) {
        this.#counter.add('DeleteMessageBatch', 0);
      }
      queue?.delete(receiptHandle);
    }
  }

  /** Requests so far, as SQS would bill them. */
  counters(): SqsCounters {
    return this.#counter.snapshot();
  }

  /** What SQS bills by. */
  usage(): Readonly<Record<string, number>> {
    return { requests: this.counters().requests };
  }

  /** Ends every timer and long poll; the messages are gone. */
  async close(): Promise<void> {
    this.#registry.close();
  }
}

async function readJson(request: CloudRequest): Promise<unknown> {
  const body = await readBody(request.body, BODY_BYTES_MAX);
  if (body === 'too-large') {
    throw new SqsError('RequestTooLong', `Requests have at most ${BODY_BYTES_MAX} bytes`);
  }
  const parsed = parseJson(body.toString() || '{}');
  if (parsed.kind === 'malformed') {
    throw new SqsError('SerializationException', parsed.reason);
  }
  return parsed.value;
}

function jsonResponse(status: number, output: object): CloudResponse {
  const headers = { 'content-type': 'application/x-amz-json-1.0' };
  return { status, headers, body: JSON.stringify(output) };
}

function errorResponse(error: SqsError): CloudResponse {
  const response = jsonResponse(400, {
    __type: `com.amazonaws.sqs#${error.code}`,
    message: error.message,
  });
  const headers = { ...response.headers, 'x-amzn-query-error': `${error.queryCode};Sender` };
  return { ...response, headers };
}
