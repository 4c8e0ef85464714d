import * as z from 'zod';

/** One message of a batch, as Lambda hands it over. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
}

export type AggregatorEvent =
  | { readonly kind: 'sweep' }
  | { readonly kind: 'batch'; readonly messages: readonly QueueMessage[] }
  | { readonly kind: 'unknown' };

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

/** Tells the three kinds of event apart. */
export function parseEvent(event: unknown): AggregatorEvent {
  if (sweepSchema.safeParse(event).success) return { kind: 'sweep' };
  const batch = batchSchema.safeParse(event);
  return batch.success ? { kind: 'batch', messages: batch.data.Records } : { kind: 'unknown' };
}
