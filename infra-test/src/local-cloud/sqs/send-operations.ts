import { z } from 'zod';
import { runBatch } from './batch.ts';
import { SqsError } from './errors.ts';
import {
  checkMessage,
  MESSAGE_BYTES_MAX,
  md5OfAttributes,
  md5OfText,
  messageByteCount,
  type OutgoingMessage,
} from './message.ts';
import { type Operation, parseInput, queueInput } from './operation.ts';
import type { Queue } from './queue.ts';

const messageShape = {
  MessageBody: z.string(),
  DelaySeconds: z.int().min(0).max(900).optional(),
  MessageAttributes: z
    .record(
      z.string(),
      z.strictObject({
        DataType: z.string(),
        StringValue: z.string().optional(),
        BinaryValue: z.string().optional(),
      }),
    )
    .optional(),
};
const messageInput = z.strictObject(messageShape);
const sendInput = z.strictObject({ ...queueInput.shape, ...messageShape });
const sendBatchInput = z.strictObject({
  ...queueInput.shape,
  Entries: z.array(z.looseObject({ Id: z.string() })),
});

/** The operations that put messages on a queue, by name. */
export const sendOperations: Readonly<Record<string, Operation>> = {
  SendMessage: (registry, input) => {
    const { QueueUrl, ...message } = parseInput(sendInput, input);
    return {
      output: send(registry.byUrl(QueueUrl), message),
      payloadBytes: messageByteCount(toOutgoing(message)),
    };
  },
  SendMessageBatch: (registry, input) => {
    const { QueueUrl, Entries } = parseInput(sendBatchInput, input);
    const queue = registry.byUrl(QueueUrl);
    const payloadBytes = batchByteCount(Entries);
    const output = runBatch(Entries, ({ Id: _, ...message }) =>
      send(queue, parseInput(messageInput, message)),
    );
    return { output, payloadBytes };
  },
};

type MessageInput = z.output<typeof messageInput>;

function send(queue: Queue, input: MessageInput): object {
  const message = toOutgoing(input);
  checkMessage(message, queue.settings.messageBytesMax);
  return {
    MessageId: queue.send(message),
    MD5OfMessageBody: md5OfText(message.body),
    ...(message.attributes && { MD5OfMessageAttributes: md5OfAttributes(message.attributes) }),
  };
}

function toOutgoing(input: MessageInput): OutgoingMessage {
  return {
    body: input.MessageBody,
    attributes: input.MessageAttributes,
    delayMs: input.DelaySeconds === undefined ? undefined : input.DelaySeconds * 1_000,
  };
}

/** Counts what is well-formed; the rest is refused entry by entry. */
function batchByteCount(entries: readonly { readonly Id: string }[]): number {
  let byteCount = 0;
  for (const { Id: _, ...entry } of entries) {
    const { data } = messageInput.safeParse(entry);
    byteCount += data === undefined ? 0 : messageByteCount(toOutgoing(data));
  }
  if (byteCount > MESSAGE_BYTES_MAX) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${MESSAGE_BYTES_MAX} bytes, got ${byteCount}`,
      { queryCode: 'AWS.SimpleQueueService.BatchRequestTooLong' },
    );
  }
  return byteCount;
}
