/** Attributes of the commands that are no tensor operations, and what their statuses hold. */
import * as z from 'zod';
import { sha256Field } from '../fields.ts';
import {
  ALLOW_COUNT_MAX,
  ARGUMENTS_MAX,
  DESCRIPTION_LENGTH_MAX,
  QUERY_TERMS_MAX,
  RESULTS_MAX,
  TENSOR_ELEMENTS_MAX,
  USER_NAME_LENGTH_MAX,
} from '../limits.ts';
import {
  descriptionField,
  type ObjectHeader,
  type PointerTarget,
  pointerTargetSchema,
  tagsField,
} from './object-header.ts';
import { objectIdField, ownerField, workerField } from './object-name.ts';
import { type RemoteForm, remoteDtypeField, remoteShapeField } from './remote-dtype.ts';
import { type Restriction, releaseFromField, restrictionsField } from './restriction.ts';

/** Names of the commands that are no tensor operations. */
export type VerbName =
  | '$clear'
  | '$create'
  | '$delete'
  | '$describe'
  | '$fetch'
  | '$fetch-plan'
  | '$grad'
  | '$grant'
  | '$head'
  | '$list'
  | '$pointer'
  | '$read'
  | '$release'
  | '$run'
  | '$store-plan'
  | '$upload';

const usersField = z.array(z.string().min(1).max(USER_NAME_LENGTH_MAX)).max(ALLOW_COUNT_MAX);
const seedField = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const urlField = z.url({ protocol: /^https?$/ }).max(8_192);

/** Labels and permissions that an object is made with. */
const objectAttributes = {
  tags: tagsField.optional(),
  description: descriptionField.optional(),
  private: z.boolean().optional(),
  allow: usersField.optional(),
  releaseFrom: releaseFromField.optional(),
  restrictions: restrictionsField.optional(),
};

/** Labels and permissions of a new object. */
export interface ObjectAttributes {
  readonly tags?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** Nobody but the caller, and whom `allow` names, may read it. @default false */
  readonly private?: boolean | undefined;
  /** Names of users; implies `private`. */
  readonly allow?: readonly string[] | undefined;
  /** Sums over at least as many private objects may be released; implies `private`. */
  readonly releaseFrom?: number | undefined;
  /** Conditions of others that came with the values. */
  readonly restrictions?: readonly Restriction[] | undefined;
}

/** Attributes of `$create`: the values as base64, or the name of an upload that holds them. */
export interface CreateAttributes extends RemoteForm, ObjectAttributes {
  readonly data?: string | undefined;
  readonly upload?: string | undefined;
}

/** Reads {@link CreateAttributes}. */
export const createAttributesSchema: z.ZodType<CreateAttributes> = z
  .strictObject({
    dtype: remoteDtypeField,
    shape: remoteShapeField,
    data: z.string().optional(),
    upload: sha256Field.optional(),
    ...objectAttributes,
  })
  .refine(
    ({ data, upload }) => (data === undefined) !== (upload === undefined),
    'expected data or upload, and not both',
  );

/** Attributes of `$fetch`: where another worker put the values. */
export interface FetchAttributes extends RemoteForm, ObjectAttributes {
  readonly url: string;
  readonly sha256: string;
}

/** Reads {@link FetchAttributes}. */
export const fetchAttributesSchema: z.ZodType<FetchAttributes> = z.strictObject({
  dtype: remoteDtypeField,
  shape: remoteShapeField,
  url: urlField,
  sha256: sha256Field,
  ...objectAttributes,
});

/** Attributes of `$pointer`. */
export interface PointerAttributes extends RemoteForm, ObjectAttributes, PointerTarget {}

/** Reads {@link PointerAttributes}. */
export const pointerAttributesSchema: z.ZodType<PointerAttributes> = z.strictObject({
  location: workerField,
  owner: ownerField.optional(),
  id: objectIdField,
  dtype: remoteDtypeField,
  shape: remoteShapeField,
  ...objectAttributes,
});

/** Attributes of `$describe`; what is left out stays. */
export interface DescribeAttributes {
  readonly tags?: readonly string[] | undefined;
  readonly description?: string | undefined;
  /** Chosen by the owner and rising; an older one changes nothing, so that late repetitions don't. */
  readonly revision: number;
}

/** Reads {@link DescribeAttributes}. */
export const describeAttributesSchema: z.ZodType<DescribeAttributes> = z.strictObject({
  tags: tagsField.optional(),
  description: descriptionField.optional(),
  revision: z.int().min(0),
});

/** Reads attributes of `$grant`. */
export const grantAttributesSchema: z.ZodType<{ readonly allow: readonly string[] }> =
  z.strictObject({ allow: usersField });

/** Attributes of `$list`. */
export interface ListAttributes {
  /** Terms that all have to fit. @default every object */
  readonly query?: readonly string[] | undefined;
  /** From the page before. */
  readonly cursor?: string | undefined;
}

/** Reads {@link ListAttributes}. */
export const listAttributesSchema: z.ZodType<ListAttributes> = z.strictObject({
  query: z.array(z.string().min(1).max(DESCRIPTION_LENGTH_MAX)).max(QUERY_TERMS_MAX).optional(),
  cursor: z.string().min(1).max(2_048).optional(),
});

/** Reads attributes of `$clear`: an id of its own, so that a late repetition deletes nothing newer. */
export const clearAttributesSchema: z.ZodType<{ readonly request: string }> = z.strictObject({
  request: objectIdField,
});

/** Attributes of `$upload`: what will be put. */
export interface UploadAttributes {
  readonly bytes: number;
  readonly sha256: string;
}

/** Reads {@link UploadAttributes}. */
export const uploadAttributesSchema: z.ZodType<UploadAttributes> = z.strictObject({
  bytes: z
    .int()
    .min(0)
    .max(TENSOR_ELEMENTS_MAX * 8),
  sha256: sha256Field,
});

/** Reads attributes of `$store-plan`; the plan is checked apart. */
export const storePlanAttributesSchema: z.ZodType<{ readonly plan: unknown }> = z.strictObject({
  plan: z.unknown(),
});

/** Reads attributes of `$fetch-plan`. */
export const fetchPlanAttributesSchema: z.ZodType<{ readonly digest: string }> = z.strictObject({
  digest: sha256Field,
});

/** Attributes of `$run`. */
export interface RunAttributes {
  /** Digest of a stored plan, or the plan. */
  readonly plan: unknown;
  /** Seed of every random command of the plan that has none of its own. */
  readonly seed?: number | undefined;
}

/** Reads {@link RunAttributes}; an inline plan is checked apart. */
export const runAttributesSchema: z.ZodType<RunAttributes> = z.strictObject({
  plan: z.union([sha256Field, z.record(z.string(), z.unknown())]),
  seed: seedField.optional(),
});

/** Attributes of `$grad`. */
export interface GradientAttributes extends RunAttributes {
  /** Places of the inputs that gradients are with respect to. @default all */
  readonly wrt?: readonly number[] | undefined;
}

/** Reads {@link GradientAttributes}. */
export const gradientAttributesSchema: z.ZodType<GradientAttributes> = z.strictObject({
  plan: z.union([sha256Field, z.record(z.string(), z.unknown())]),
  seed: seedField.optional(),
  wrt: z.array(z.int().min(0).max(ARGUMENTS_MAX)).min(1).max(RESULTS_MAX).optional(),
});

/** Reads the attributes of verbs that have none. */
export const noAttributesSchema: z.ZodType<Readonly<Record<string, never>>> = z.strictObject({});

/** Value of a `$read`: the elements, where to get them, or where a pointer points. */
export interface ReadValue extends RemoteForm {
  readonly tags: readonly string[];
  readonly description: string;
  readonly restrictions: readonly Restriction[];
  /** Elements, base64. */
  readonly data?: string | undefined;
  /** Elements too large for the answer. */
  readonly download?: { readonly url: string; readonly sha256: string } | undefined;
  readonly pointer?: PointerTarget | undefined;
}

/** Reads a {@link ReadValue}. */
export const readValueSchema: z.ZodType<ReadValue> = z.object({
  dtype: remoteDtypeField,
  shape: remoteShapeField,
  tags: tagsField,
  description: descriptionField,
  restrictions: restrictionsField,
  data: z.string().optional(),
  download: z.object({ url: z.string(), sha256: sha256Field }).optional(),
  pointer: pointerTargetSchema.optional(),
});

/** Value of a `$head`, and one entry of a `$list`: everything but values. */
export interface ObjectSummary extends RemoteForm {
  readonly owner: string;
  readonly id: string;
  readonly kind: ObjectHeader['kind'];
  readonly tags: readonly string[];
  readonly description: string;
  /** Whether it is the caller's. */
  readonly own: boolean;
  /** Whether anybody's condition is on it. */
  readonly private: boolean;
  readonly pointer?: PointerTarget | undefined;
}

/** Reads an {@link ObjectSummary}. */
export const objectSummarySchema: z.ZodType<ObjectSummary> = z.object({
  owner: ownerField,
  id: objectIdField,
  kind: z.enum(['tensor', 'pointer', 'mark']),
  dtype: remoteDtypeField,
  shape: remoteShapeField,
  tags: tagsField,
  description: descriptionField,
  own: z.boolean(),
  private: z.boolean(),
  pointer: pointerTargetSchema.optional(),
});

/** Value of a `$list`. */
export interface ListValue {
  readonly objects: readonly ObjectSummary[];
  /** Names the next page; absent on the last one. */
  readonly cursor?: string | undefined;
}

/** Reads a {@link ListValue}. */
export const listValueSchema: z.ZodType<ListValue> = z.object({
  objects: z.array(objectSummarySchema),
  cursor: z.string().optional(),
});

/** Value of an `$upload`: where to put the bytes, and what `$create` calls them. */
export interface UploadValue {
  readonly upload: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Reads an {@link UploadValue}. */
export const uploadValueSchema: z.ZodType<UploadValue> = z.object({
  upload: sha256Field,
  url: z.string(),
  headers: z.record(z.string(), z.string()),
});
