/** Field types that several objects and bodies share. */
import * as z from 'zod';
import { isDevicePseudonym, isModelName } from './keys.ts';
import {
  EXAMPLE_COUNT_MAX,
  METRIC_COUNT_MAX,
  METRIC_NAME_LENGTH_MAX,
  MODEL_NAME_LENGTH_MAX,
  REJECTION_MESSAGE_LENGTH_MAX,
  REJECTION_TEXT_LENGTH_MAX,
  SCHEMA_VERSION,
} from './limits.ts';

/** `schema`: this program reads and writes {@link SCHEMA_VERSION} alone. */
export const schemaField: z.ZodType<1> = z.literal(SCHEMA_VERSION);

/** Integer ≥ 0 that is exact as a double. */
export const countField: z.ZodType<number> = z.int().min(0).max(EXAMPLE_COUNT_MAX);

/** Integer ≥ 1. */
export const positiveField: z.ZodType<number> = z.int().min(1).max(EXAMPLE_COUNT_MAX);

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const timeField: z.ZodType<number> = z.int().min(0);

/** A name that {@link isModelName} takes. */
export const modelField: z.ZodType<string> = z
  .string()
  .refine(
    isModelName,
    `expected 1 to ${MODEL_NAME_LENGTH_MAX} of A–Z a–z 0–9 . _ -, beginning with a letter or digit`,
  );

/** A pseudonym that {@link isDevicePseudonym} takes. */
export const deviceField: z.ZodType<string> = z
  .string()
  .refine(isDevicePseudonym, 'expected a pseudonym of 43 base64url characters');

/** SHA-256 in lower-case hex. */
export const sha256Field: z.ZodType<string> = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

/** Caller-chosen, repeated on a retry, so that a lost response is told from somebody else's request. */
export const requestIdField: z.ZodType<string> = z.string().min(1).max(128);

/** Named finite numbers a device reports about its training. */
export type Metrics = Readonly<Record<string, number>>;

/** At most 16 metrics, names of 1 to 64 characters. */
export const metricsField: z.ZodType<Metrics> = z
  .record(z.string().min(1).max(METRIC_NAME_LENGTH_MAX), z.number())
  .refine(
    (metrics) => Object.keys(metrics).length <= METRIC_COUNT_MAX,
    `expected at most ${METRIC_COUNT_MAX} metrics`,
  );

/** Name of a version's file: it can end a key, and is safe in messages and on every file system. */
export const fileNameField: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'expected 1 to 128 of A–Z a–z 0–9 . _ -');

/** One stored file of a model version. */
export interface VersionFile {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Reads a {@link VersionFile}; its name can end a key. */
export const versionFileSchema: z.ZodType<VersionFile> = z.object({
  name: fileNameField,
  bytes: countField,
  sha256: sha256Field,
});

/** A model version and where its bytes are: `models/{model}/versions/{version}/{file}`. */
export interface VersionRef {
  readonly version: number;
  readonly files: readonly VersionFile[];
}

/** Reads a {@link VersionRef} of at least one file. */
export const versionRefSchema: z.ZodType<VersionRef> = z.object({
  version: countField,
  files: z.array(versionFileSchema).min(1),
});

/**
 * What was wrong with an update, for the person who writes the device. Everything that a stranger wrote
 * is escaped and cut; no value of a tensor is in it.
 */
export interface RejectionDetail {
  /** One sentence: what failed, what was expected, what to do. */
  readonly message: string;
  /** Name of the tensor. */
  readonly tensor?: string | undefined;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
}

const rejectionTextField = z.string().max(REJECTION_TEXT_LENGTH_MAX).optional();

/** Reads a {@link RejectionDetail}. */
export const rejectionDetailSchema: z.ZodType<RejectionDetail> = z.object({
  message: z.string().max(REJECTION_MESSAGE_LENGTH_MAX),
  tensor: rejectionTextField,
  expected: rejectionTextField,
  got: rejectionTextField,
});

/** An update that does not count, and why. */
export interface Rejection {
  readonly device: string;
  /** Why, kebab-case. */
  readonly code: string;
  readonly detail?: RejectionDetail | undefined;
}

/** Reads a {@link Rejection}. */
export const rejectionSchema: z.ZodType<Rejection> = z.object({
  device: deviceField,
  code: z.string().min(1).max(64),
  detail: rejectionDetailSchema.optional(),
});
