import { z } from 'zod';
import { SqsError } from './errors.ts';
import { type Operation, parseInput, queueAttributesInput, queueInput } from './operation.ts';
import type { Queue } from './queue.ts';
import { settingsToAttributes } from './queue-settings.ts';

/** Time between two purges of a queue; the API reference of PurgeQueue. */
const PURGE_INTERVAL_MS = 60_000;

const createInput = z.strictObject({
  QueueName: z.string(),
  Attributes: queueAttributesInput.optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const getUrlInput = z.strictObject({
  QueueName: z.string(),
  QueueOwnerAWSAccountId: z.string().optional(),
});
const getAttributesInput = z.strictObject({
  ...queueInput.shape,
  AttributeNames: z.array(z.string()).optional(),
});
const setAttributesInput = z.strictObject({
  ...queueInput.shape,
  Attributes: queueAttributesInput,
});
const listInput = z.strictObject({
  QueueNamePrefix: z.string().default(''),
  MaxResults: z.int().min(1).max(1_000).optional(),
  NextToken: z.string().optional(),
});

/** The operations on queues themselves, by name. */
export const queueOperations: Readonly<Record<string, Operation>> = {
  CreateQueue: (registry, input) => {
    const { QueueName, Attributes } = parseInput(createInput, input);
    return { output: { QueueUrl: registry.urlOf(registry.create(QueueName, Attributes ?? {})) } };
  },
  GetQueueUrl: (registry, input) => {
    const { QueueName } = parseInput(getUrlInput, input);
    return { output: { QueueUrl: registry.urlOf(registry.byName(QueueName)) } };
  },
  GetQueueAttributes: (registry, input) => {
    const { QueueUrl, AttributeNames } = parseInput(getAttributesInput, input);
    const attributes = pickAttributes(attributesOf(registry.byUrl(QueueUrl)), AttributeNames ?? []);
    return { output: { Attributes: attributes } };
  },
  SetQueueAttributes: (registry, input) => {
    const { QueueUrl, Attributes } = parseInput(setAttributesInput, input);
    registry.setAttributes(registry.byUrl(QueueUrl), Attributes);
    return { output: {} };
  },
  DeleteQueue: (registry, input) => {
    registry.delete(registry.byUrl(parseInput(queueInput, input).QueueUrl));
    return { output: {} };
  },
  PurgeQueue: (registry, input) => {
    purge(registry.byUrl(parseInput(queueInput, input).QueueUrl));
    return { output: {} };
  },
  ListQueues: (registry, input) => {
    const { QueueNamePrefix, MaxResults, NextToken } = parseInput(listInput, input);
    const names = registry
      .names()
      .filter((name) => name.startsWith(QueueNamePrefix) && name > (NextToken ?? ''));
    const page = names.slice(0, MaxResults ?? 1_000);
    const QueueUrls = page.map((name) => registry.urlOf(registry.byName(name)));
    const isCut = MaxResults !== undefined && names.length > page.length;
    return { output: { QueueUrls, ...(isCut && { NextToken: page.at(-1) }) } };
  },
};

function purge(queue: Queue): void {
  if (Date.now() - queue.purgedAtMs < PURGE_INTERVAL_MS) {
    throw new SqsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds`,
      { queryCode: 'AWS.SimpleQueueService.PurgeQueueInProgress' },
    );
  }
  queue.purgedAtMs = Date.now();
  queue.purge();
}

function attributesOf(queue: Queue): Record<string, string> {
  const { ready, inFlight, delayed } = queue.counts();
  return {
    ...settingsToAttributes(queue.settings),
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    CreatedTimestamp: String(Math.floor(queue.createdAtMs / 1_000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAtMs / 1_000)),
  };
}

function pickAttributes(
  all: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  const wanted = names.includes('All') ? Object.keys(all) : names;
  const picked: Record<string, string> = {};
  for (const name of wanted) {
    const value = all[name];
    if (value !== undefined) {
      picked[name] = value;
    } else if (name !== 'RedrivePolicy' && name !== 'Policy') {
      throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}`);
    }
  }
  return picked;
}
