/** `models/{model}/head.json`: a cache of the last result, replaced only by compare-and-swap on its ETag. */
import * as z from 'zod';
import { countField, schemaField } from '../fields.ts';

/** Where a model stands, as of the last result that moved it. */
export interface Head {
  readonly schema: 1;
  /** Last finished round, published or aborted; 0 before the first. */
  readonly round: number;
  /** The version devices train from. */
  readonly version: number;
}

/** Reads a {@link Head}. */
export const headSchema: z.ZodType<Head> = z.object({
  schema: schemaField,
  round: countField,
  version: countField,
});
