import { z } from 'zod';
import type { MappingSettings } from './event-source-mapping.ts';
import { RestError } from './rest-api.ts';

/** Settings of a mapping as sent. */
export interface MappingInput {
  readonly BatchSize?: number | undefined;
  readonly MaximumBatchingWindowInSeconds?: number | undefined;
  readonly FunctionResponseTypes?: readonly string[] | undefined;
  readonly ScalingConfig?: { readonly MaximumConcurrency?: number | undefined } | undefined;
  readonly Enabled?: boolean | undefined;
}

/** UpdateEventSourceMapping's members. */
export interface UpdateMappingInput extends MappingInput {
  readonly FunctionName?: string | undefined;
}

/** CreateEventSourceMapping's members. */
export interface CreateMappingInput extends MappingInput {
  readonly FunctionName: string;
  readonly EventSourceArn: string;
}

/** Largest batch that needs no batching window; the API reference of CreateEventSourceMapping. */
const UNWINDOWED_BATCH_MAX = 10;

const settings = z
  .strictObject({
    BatchSize: z.int().min(1).max(10_000),
    MaximumBatchingWindowInSeconds: z.int().min(0).max(300),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).max(1),
    ScalingConfig: z.strictObject({ MaximumConcurrency: z.int().min(2).max(1_000).optional() }),
    Enabled: z.boolean(),
    FunctionName: z.string(),
  })
  .partial();

/** Checks UpdateEventSourceMapping's body. */
export const updateMappingInput: z.ZodType<UpdateMappingInput> = settings;

/** Checks CreateEventSourceMapping's body. */
export const createMappingInput: z.ZodType<CreateMappingInput> = z.strictObject({
  ...settings.shape,
  FunctionName: z.string(),
  EventSourceArn: z.string().regex(/^arn:aws:sqs:/, 'The local cloud maps SQS queues only'),
});

/** What a mapping does unless told otherwise. */
export const INITIAL_SETTINGS: Omit<MappingSettings, 'functionName' | 'functionArn'> = {
  batchSize: 10,
  windowSeconds: 0,
  reportsItemFailures: false,
  concurrencyMax: undefined,
  isEnabled: true,
};

/**
 * Applies settings as sent; what isn't named stays.
 *
 * @throws {@link RestError} `InvalidParameterValueException` for a large batch without a window.
 */
export function applyMappingInput<Settings extends Partial<MappingSettings>>(
  current: Settings,
  input: MappingInput,
): Settings {
  const changes = {
    batchSize: input.BatchSize,
    windowSeconds: input.MaximumBatchingWindowInSeconds,
    reportsItemFailures: input.FunctionResponseTypes && input.FunctionResponseTypes.length > 0,
    isEnabled: input.Enabled,
  };
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const changed: Settings = {
    ...current,
    ...Object.fromEntries(given),
    ...(input.ScalingConfig && { concurrencyMax: input.ScalingConfig.MaximumConcurrency }),
  };
  if ((changed.batchSize ?? 0) > UNWINDOWED_BATCH_MAX && (changed.windowSeconds ?? 0) < 1) {
    throw new RestError(
      'InvalidParameterValueException',
      400,
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  }
  return changed;
}
