/** `partials/{group}/{model}/{round}/{n}/{shard}`: a safetensors file of exact sums and witnesses; this is its record. */
import * as z from 'zod';
import { countField, deviceField, schemaField, sha256Field } from '../fields.ts';

/** A member whose values are not fit to be added. */
export interface Exclusion {
  readonly device: string;
  /** Why, kebab-case. */
  readonly code: string;
  /** First bad value of the shard, an element of the flattened model; absent in older partials. */
  readonly element?: number | undefined;
}

/** Reads an {@link Exclusion}. */
const exclusionSchema: z.ZodType<Exclusion> = z.object({
  device: deviceField,
  code: z.string().min(1).max(64),
  element: countField.optional(),
});

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
  readonly excluded: readonly Exclusion[];
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
  excluded: z.array(exclusionSchema),
});
