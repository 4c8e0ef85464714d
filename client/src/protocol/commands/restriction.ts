import * as z from 'zod';
import { ALLOW_COUNT_MAX, RESTRICTIONS_MAX } from '../limits.ts';
import { ownerField } from './object-name.ts';

/** Who may read values that came from one owner's private object. */
export interface Restriction {
  readonly owner: string;
  /** Whom the owner lets read, besides themselves. */
  readonly allow: readonly string[];
  /**
   * The owner may lift this from sums over at least as many private objects; an integer ≥ 2.
   *
   * @default never
   */
  readonly releaseFrom?: number | undefined;
}

/** Reads the smallest number of objects that a sum may be released from. */
export const releaseFromField: z.ZodType<number> = z.int().min(2).max(RESTRICTIONS_MAX);

/** Reads a {@link Restriction}. */
const restrictionSchema: z.ZodType<Restriction> = z.strictObject({
  owner: ownerField,
  allow: z.array(ownerField).max(ALLOW_COUNT_MAX),
  releaseFrom: releaseFromField.optional(),
});

/** Reads all restrictions of one object; none means that everybody may read it. */
export const restrictionsField: z.ZodType<readonly Restriction[]> = z
  .array(restrictionSchema)
  .max(RESTRICTIONS_MAX);
