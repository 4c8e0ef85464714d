import { z } from 'zod';
import { runBatch } from './batch.ts';
import {
  type MessageAttribute,
  md5OfAttributes,
  messageByteCount,
  type ReceivedMessage,
} from './message.ts';
import { type Operation, parseInput, queueInput } from './operation.ts';

const visibilitySeconds = z.int().min(0).max(43_200);
const receiptShape = { ReceiptHandle: z.string() };
const visibilityShape = { ...receiptShape, VisibilityTimeout: visibilitySeconds };
const entries = z.array(z.looseObject({ Id: z.string() }));

const receiveInput = z.strictObject({
  ...queueInput.shape,
  MaxNumberOfMessages: z.int().min(1).max(10).default(1),
  WaitTimeSeconds: z.int().min(0).max(20).optional(),
  VisibilityTimeout: visibilitySeconds.optional(),
  AttributeNames: z.array(z.string()).default([]),
  MessageSystemAttributeNames: z.array(z.string()).default([]),
  MessageAttributeNames: z.array(z.string()).default([]),
});
const receiptInput = z.strictObject(receiptShape);
const deleteInput = z.strictObject({ ...queueInput.shape, ...receiptShape });
const visibilityInput = z.strictObject(visibilityShape);
const changeVisibilityInput = z.strictObject({ ...queueInput.shape, ...visibilityShape });
const batchInput = z.strictObject({ ...queueInput.shape, Entries: entries });

/** The operations that take messages off a queue, by name. */
export const receiveOperations: Readonly<Record<string, Operation>> = {
  ReceiveMessage: async (registry, input) => {
    const parsed = parseInput(receiveInput, input);
    const queue = registry.byUrl(parsed.QueueUrl);
    const messages = await queue.receiveWaiting(
      { countMax: parsed.MaxNumberOfMessages, visibilitySeconds: parsed.VisibilityTimeout },
      (parsed.WaitTimeSeconds ?? queue.settings.receiveWaitSeconds) * 1_000,
    );
    const systemNames = [...parsed.AttributeNames, ...parsed.MessageSystemAttributeNames];
    return {
      output: {
        Messages: messages.map((message) =>
          present(message, systemNames, parsed.MessageAttributeNames),
        ),
      },
      payloadBytes: messages.reduce((sum, message) => sum + messageByteCount(message), 0),
    };
  },
  DeleteMessage: (registry, input) => {
    const { QueueUrl, ReceiptHandle } = parseInput(deleteInput, input);
    registry.byUrl(QueueUrl).delete(ReceiptHandle);
    return { output: {} };
  },
  DeleteMessageBatch: (registry, input) => {
    const { QueueUrl, Entries } = parseInput(batchInput, input);
    const queue = registry.byUrl(QueueUrl);
    const output = runBatch(Entries, ({ Id: _, ...entry }) => {
      queue.delete(parseInput(receiptInput, entry).ReceiptHandle);
      return {};
    });
    return { output };
  },
  ChangeMessageVisibility: (registry, input) => {
    const parsed = parseInput(changeVisibilityInput, input);
    registry
      .byUrl(parsed.QueueUrl)
      .changeVisibility(parsed.ReceiptHandle, parsed.VisibilityTimeout);
    return { output: {} };
  },
  ChangeMessageVisibilityBatch: (registry, input) => {
    const { QueueUrl, Entries } = parseInput(batchInput, input);
    const queue = registry.byUrl(QueueUrl);
    const output = runBatch(Entries, ({ Id: _, ...entry }) => {
      const { ReceiptHandle, VisibilityTimeout } = parseInput(visibilityInput, entry);
      queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
      return {};
    });
    return { output };
  },
};

/** A message's attributes that SQS itself sets, as the API and function events show them. */
export function systemAttributes(message: ReceivedMessage): Record<string, string> {
  return {
    SenderId: 'AIDALOCALCLOUD',
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...(message.deadLetterSourceArn && {
      DeadLetterQueueSourceArn: message.deadLetterSourceArn,
    }),
  };
}

function present(
  message: ReceivedMessage,
  systemNames: readonly string[],
  attributeNames: readonly string[],
): object {
  const isWanted = (name: string): boolean =>
    systemNames.includes('All') || systemNames.includes(name);
  const system = Object.entries(systemAttributes(message)).filter(([name]) => isWanted(name));
  const attributes = selectAttributes(message.attributes, attributeNames);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: message.bodyMd5,
    ...(system.length > 0 && { Attributes: Object.fromEntries(system) }),
    ...(Object.keys(attributes).length > 0 && {
      MessageAttributes: attributes,
      MD5OfMessageAttributes: md5OfAttributes(attributes),
    }),
  };
}

/** Picks by name; `All`, `.*` and `prefix.*` name several. */
function selectAttributes(
  attributes: Readonly<Record<string, MessageAttribute>>,
  names: readonly string[],
): Record<string, MessageAttribute> {
  const isWanted = (name: string): boolean =>
    names.some(
      (wanted) =>
        wanted === 'All' ||
        wanted === name ||
        (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
