import * as z from 'zod';

/** One message of a batch, as Lambda hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

export type AggregatorEvent =
  | { readonly kind: 'sweep' }
  | { readonly kind: 'batch'; readonly messages: readonly QueueMessage[] }
  /** `isBatch`: it comes in records, so whoever sent it takes an answer without failures as success. */
  | { readonly kind: 'unknown'; readonly isBatch: boolean };

/** Only what is listed comes back to the queue; everything else of the batch is done with. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export type AggregatorAnswer =
  | BatchAnswer
  | { readonly swept: number }
  | { readonly error: { readonly code: string; readonly message: string } };

const batchSchema = z.object({
  Records: z.array(
    z.object({ eventSource: z.literal('aws:sqs'), messageId: z.string(), body: z.string() }),
  ),
});

const sweepSchema = z.object({ sweep: z.literal(true) });

/** Tells the kinds of event apart. */
export function parseEvent(event: unknown): AggregatorEvent {
  if (sweepSchema.safeParse(event).success) return { kind: 'sweep' };
  const batch = batchSchema.safeParse(event);
  if (batch.success) return { kind: 'batch', messages: batch.data.Records };
  return { kind: 'unknown', isBatch: isObject(event) && 'Records' in event };
}

function isObject(event: unknown): event is object {
  return typeof event === 'object' && event !== null;
}
