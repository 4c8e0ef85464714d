import * as z from 'zod';
import type { ErrorJson } from '../errors.ts';
import { schemaField } from '../fields.ts';
import type { Json } from '../json.ts';
import { ARGUMENTS_MAX, COMMANDS_PER_BATCH_MAX, RESULTS_MAX } from '../limits.ts';
import { type ObjectRef, objectIdField, workerField } from './object-name.ts';

/** Plain numbers, booleans or nested arrays of them where a tensor may stand. */
export interface PlainArgument {
  /** As {@link encodeValue} writes it. */
  readonly value: Json;
}

/** What stands for one tensor. */
export type TensorArgument = ObjectRef | PlainArgument;

/** One argument: a tensor, a list of tensors, or `null` for an optional one that is left out. */
export type CommandArgument = TensorArgument | readonly TensorArgument[] | null;

/** Parameters that are no tensors, by name, as {@link encodeAttributes} writes them. */
export type CommandAttributes = Readonly<Record<string, Json>>;

/** One command: what to do, on what, how, and the ids of what it makes. */
export type WireCommand = readonly [
  op: string,
  args: readonly CommandArgument[],
  attributes: CommandAttributes,
  results: readonly string[],
];

/** Commands that a worker runs in order. */
export interface Batch {
  readonly schema: 1;
  /** Whom it is for; another worker refuses it. */
  readonly worker: string;
  readonly commands: readonly WireCommand[];
  /** Results that outlive the batch. */
  readonly keep: readonly string[];
  /** JSON Web Token that says who asks; workers that need none ignore it. */
  readonly token?: string | undefined;
}

/** What became of one command. */
export type CommandStatus =
  | { readonly status: 'done'; readonly value?: Json | undefined }
  | { readonly status: 'failed'; readonly error: ErrorJson }
  | { readonly status: 'not-run' };

/** Answer to a batch: a status for each command, or why none was looked at. */
export type BatchAnswer =
  | { readonly schema: 1; readonly statuses: readonly CommandStatus[] }
  | { readonly schema: 1; readonly error: ErrorJson };

const jsonField = z.custom<Json>((value) => value !== undefined);

const tensorArgumentSchema: z.ZodType<TensorArgument> = z.union([
  z.string().max(128),
  z.strictObject({ value: jsonField }),
]);

const argumentSchema: z.ZodType<CommandArgument> = z.union([
  tensorArgumentSchema,
  z.array(tensorArgumentSchema).max(ARGUMENTS_MAX),
  z.null(),
]);

/** Reads arguments of any command; what they name is checked when it runs. */
export const argumentsSchema: z.ZodType<readonly CommandArgument[]> = z
  .array(argumentSchema)
  .max(ARGUMENTS_MAX);

/** Reads attributes of any command; their members are checked when it runs. */
export const attributesSchema: z.ZodType<CommandAttributes> = z.record(z.string(), jsonField);

/** Reads the name of an operation or verb; whether there is one is checked when it runs. */
export const opField: z.ZodType<string> = z.string().min(1).max(64);

/** Reads a {@link WireCommand}. */
const wireCommandSchema: z.ZodType<WireCommand> = z.tuple([
  opField,
  argumentsSchema,
  attributesSchema,
  z.array(objectIdField).max(RESULTS_MAX),
]);

/** Reads a {@link Batch}. */
export const batchSchema: z.ZodType<Batch> = z.strictObject({
  schema: schemaField,
  worker: workerField,
  commands: z.array(wireCommandSchema).max(COMMANDS_PER_BATCH_MAX),
  keep: z.array(objectIdField).max(COMMANDS_PER_BATCH_MAX * 2),
  token: z.string().max(16_384).optional(),
});

const errorJsonSchema: z.ZodType<ErrorJson> = z.object({
  casualty: z.enum(['update', 'object', 'request', 'command', 'invocation', 'round', 'deployment']),
  code: z.string(),
  message: z.string(),
  detail: z.record(z.string(), z.unknown()).optional(),
});

const statusSchema: z.ZodType<CommandStatus> = z.discriminatedUnion('status', [
  z.object({ status: z.literal('done'), value: jsonField.optional() }),
  z.object({ status: z.literal('failed'), error: errorJsonSchema }),
  z.object({ status: z.literal('not-run') }),
]);

/** Reads a {@link BatchAnswer}. */
export const batchAnswerSchema: z.ZodType<BatchAnswer> = z.union([
  z.object({ schema: schemaField, statuses: z.array(statusSchema) }),
  z.object({ schema: schemaField, error: errorJsonSchema }),
]);
