/** `models/{model}/head.json`: a cache of the last result, replaced only by compare-and-swap on its ETag. */
import { z } from 'zod';
import { countField, schemaField } from '../fields.ts';

export interface Head {
  readonly schema: 1;
  /** Last finished round, published or aborted; 0 before the first. */
  readonly round: number;
  /** The version devices train from. */
  readonly version: number;
}

export const headSchema: z.ZodType<Head> = z.object({
  schema: schemaField,
  round: countField,
  version: countField,
});
