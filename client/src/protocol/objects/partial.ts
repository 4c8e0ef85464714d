/** `partials/{group}/{model}/{round}/{n}/{shard}`: a safetensors file of exact sums and witnesses; this is its record. */
import * as z from 'zod';
import {
  countField,
  type Rejection,
  rejectionSchema,
  schemaField,
  sha256Field,
} from '../fields.ts';

/** Stored as JSON under the metadata key `partial`, beside the I64 tensors `sums` and `witnesses`. */
export interface PartialRecord {
  readonly schema: 1;
  readonly arithmeticVersion: number;
  readonly fractionBits: number;
  /** Members whose every value of this shard was folded. */
  readonly count: number;
  /** Σ weight of those members. */
  readonly weight: number;
  /** Bytes of their updates that were folded: 4 for each of this shard's elements of each of them. */
  readonly bytes: number;
  /** SHA-256 over (device, ETag, weight) of those members in seal order, made as their bytes were folded and the same in every block. */
  readonly digest: string;
  /** Members whose values in this shard are not finite or out of bounds; they added nothing here. */
  readonly excluded: readonly Rejection[];
}

/** Reads a {@link PartialRecord}. */
export const partialRecordSchema: z.ZodType<PartialRecord> = z.object({
  schema: schemaField,
  arithmeticVersion: countField,
  fractionBits: z.int(),
  count: countField,
  weight: countField,
  bytes: countField,
  digest: sha256Field,
  excluded: z.array(rejectionSchema),
});
