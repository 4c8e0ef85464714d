import { z } from 'zod';
import { invalidParameter, SqsError } from './errors.ts';
import type { QueueRegistry } from './queue-registry.ts';

/** What an operation answers, and how many bytes of messages it carried, which SQS bills by. */
export interface OperationResult {
  readonly output: object;
  readonly payloadBytes?: number;
}

/** One action of the API: checks its input and does it. */
export type Operation = (
  registry: QueueRegistry,
  input: unknown,
) => OperationResult | Promise<OperationResult>;

/** A queue named by its URL. */
export const queueInput: z.ZodObject<{ QueueUrl: z.ZodString }, z.core.$strict> = z.strictObject({
  QueueUrl: z.string(),
});

/** Attributes of a queue as sent. */
export const queueAttributesInput: z.ZodRecord<z.ZodString, z.ZodString> = z.record(
  z.string(),
  z.string(),
);

/**
 * Checks an operation's input; members the local cloud doesn't know are refused rather than ignored.
 *
 * @throws {@link SqsError} `MissingParameter` or `InvalidParameterValue`, naming the member.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const name = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_type' && issue.path.length === 1 && !(name in Object(input))) {
    throw new SqsError('MissingParameter', `The request must contain the parameter ${name}`);
  }
  throw invalidParameter(
    `Value for parameter ${name || 'of the request'} is invalid. Reason: ${issue?.message}`,
  );
}
