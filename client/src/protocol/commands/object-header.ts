import * as z from 'zod';
import { schemaField, sha256Field, timeField } from '../fields.ts';
import {
  DESCRIPTION_LENGTH_MAX,
  RESTRICTIONS_MAX,
  TAG_COUNT_MAX,
  TAG_LENGTH_MAX,
} from '../limits.ts';
import { isWellFormed } from '../strict-json.ts';
import { objectIdField, ownerField, workerField } from './object-name.ts';
import { type RemoteForm, remoteDtypeField, remoteShapeField } from './remote-dtype.ts';
import { type Restriction, restrictionsField } from './restriction.ts';

/** Where a pointer object points. */
export interface PointerTarget {
  readonly location: string;
  readonly owner?: string | undefined;
  readonly id: string;
}

/** What a worker knows of an object besides its values. */
export interface ObjectHeader extends RemoteForm {
  readonly schema: 1;
  /** A mark says that and when its owner's objects were cleared; nobody sees it. */
  readonly kind: 'tensor' | 'pointer' | 'mark';
  /** Of the command that made it; {@link commandDigest}. */
  readonly digest: string;
  readonly owner: string;
  readonly createdAt: number;
  /** Whether its values came with the command, or were computed here. */
  readonly origin: 'sent' | 'computed';
  readonly tags: readonly string[];
  readonly description: string;
  /** Number of the last `$describe` that counted. */
  readonly revision?: number | undefined;
  readonly restrictions: readonly Restriction[];
  /** How many private objects hide each other in it, if it is their sum and of nothing else. */
  readonly releasableOver?: number | undefined;
  /** Owners who have lifted their conditions from it. */
  readonly releasedBy?: readonly string[] | undefined;
  /** Of a pointer. */
  readonly target?: PointerTarget | undefined;
}

/** What a deleted object leaves for as long as a retry of what made it can arrive. */
export interface Tombstone {
  readonly schema: 1;
  readonly kind: 'deleted';
  /** Of the command that made the object; `null` if it was deleted before it came. */
  readonly digest: string | null;
  readonly deletedAt: number;
}

const textField = z.string().refine(isWellFormed, 'expected well-formed text');

/** Reads an object's tags, each once. */
export const tagsField: z.ZodType<readonly string[]> = z
  .array(textField.min(1).max(TAG_LENGTH_MAX))
  .max(TAG_COUNT_MAX)
  .refine((tags) => new Set(tags).size === tags.length, 'expected each tag once');

/** Reads an object's description. */
export const descriptionField: z.ZodType<string> = textField.max(DESCRIPTION_LENGTH_MAX);

/** Reads a {@link PointerTarget}. */
export const pointerTargetSchema: z.ZodType<PointerTarget> = z.object({
  location: workerField,
  owner: ownerField.optional(),
  id: objectIdField,
});

/** Reads an {@link ObjectHeader}. */
export const objectHeaderSchema: z.ZodType<ObjectHeader> = z.object({
  schema: schemaField,
  kind: z.enum(['tensor', 'pointer', 'mark']),
  dtype: remoteDtypeField,
  shape: remoteShapeField,
  digest: sha256Field,
  owner: ownerField,
  createdAt: timeField,
  origin: z.enum(['sent', 'computed']),
  tags: tagsField,
  description: descriptionField,
  revision: z.int().min(0).optional(),
  restrictions: restrictionsField,
  releasableOver: z.int().min(2).optional(),
  releasedBy: z.array(ownerField).max(RESTRICTIONS_MAX).optional(),
  target: pointerTargetSchema.optional(),
});

/** Reads a {@link Tombstone}. */
export const tombstoneSchema: z.ZodType<Tombstone> = z.object({
  schema: schemaField,
  kind: z.literal('deleted'),
  digest: sha256Field.nullable(),
  deletedAt: timeField,
});
