import type { QueueRegistryOptions } from './queue-registry.ts';
import { SqsService } from './sqs-service.ts';

export type { MessageAttribute, ReceivedMessage } from './message.ts';
export type { QueueRegistryOptions } from './queue-registry.ts';
export { systemAttributes } from './receive-operations.ts';
export type { SqsService } from './sqs-service.ts';

/** Starts SQS; it holds its queues in memory until closed. */
export function createSqsService(options: QueueRegistryOptions): SqsService {
  return new SqsService(options);
}
