/** Bodies between a device and the coordinator, over HTTPS. */
import * as z from 'zod';
import {
  countField,
  deviceField,
  fileNameField,
  positiveField,
  type RejectionDetail,
  rejectionDetailSchema,
  schemaField,
  sha256Field,
  timeField,
} from '../fields.ts';
import { type TrainingPlan, trainingPlanSchema } from '../objects/plan.ts';

/** A file to fetch with plain GET. */
export interface Download {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Lower-case hex; the reader checks it. */
  readonly sha256: string;
}

/** A model version with short-lived URLs. */
export interface VersionDownload {
  readonly schema: 1;
  readonly model: string;
  readonly version: number;
  readonly files: readonly Download[];
}

/** Answer to `POST /v1/models/{model}/check-in`. */
export type CheckInAnswer =
  | {
      readonly schema: 1;
      readonly kind: 'selected';
      readonly round: number;
      /** The caller's pseudonym; goes into its update's metadata. */
      readonly device: string;
      readonly plan: TrainingPlan;
      readonly base: VersionDownload;
      readonly deadlineAt: number;
    }
  | {
      readonly schema: 1;
      readonly kind: 'not-selected';
      readonly round: number;
      readonly retryAfterSeconds: number;
      /** An update of this device is in the round already: it asks for the outcome and need not train. */
      readonly received?: true | undefined;
    }
  | { readonly schema: 1; readonly kind: 'no-round'; readonly retryAfterSeconds: number };

/** Body of `POST /v1/models/{model}/rounds/{round}/slot`. */
export interface SlotRequest {
  readonly schema: 1;
  readonly bytes: number;
  readonly sha256: string;
  readonly baseVersion: number;
  /**
   * The update's header as text, so that dtypes, shapes, layout and metadata are judged before a byte is
   * sent; left out where the request would have more than `REQUEST_BODY_BYTES_MAX` bytes.
   */
  readonly header?: string | undefined;
}

/** Leave to `PUT` exactly these bytes once: send every header as given. */
export interface Slot {
  readonly schema: 1;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** By the coordinator's clock, which the device's may differ from. */
  readonly expiresAt: number;
  /** Lifetime from when the answer was written, so that the device's clock need not be right. */
  readonly expiresInSeconds?: number | undefined;
}

/**
 * Answer to `GET /v1/models/{model}/rounds/{round}/outcome?sha256=…`: what became of the update with
 * that digest; without `sha256`, of what this device uploaded.
 */
export type OutcomeAnswer =
  /** Nothing under this device's key yet, and the round still collects. */
  | { readonly schema: 1; readonly kind: 'missing'; readonly retryAfterSeconds: number }
  /** Uploaded; sealed or not, the round has no result yet. */
  | {
      readonly schema: 1;
      readonly kind: 'received';
      readonly sealed: boolean;
      readonly retryAfterSeconds: number;
    }
  | { readonly schema: 1; readonly kind: 'accepted'; readonly version: number }
  /** This device's key holds other bytes, and those were counted. */
  | { readonly schema: 1; readonly kind: 'duplicate'; readonly version: number }
  | {
      readonly schema: 1;
      readonly kind: 'rejected';
      readonly code: string;
      /** This device's key holds other bytes, and those were rejected; the update asked for is not there. */
      readonly duplicate?: true | undefined;
      readonly detail?: RejectionDetail | undefined;
    }
  | { readonly schema: 1; readonly kind: 'surplus' }
  | { readonly schema: 1; readonly kind: 'late' }
  /** The round made no version; `code` is there when this device's update could not have counted. */
  | {
      readonly schema: 1;
      readonly kind: 'aborted';
      readonly reason: string;
      readonly code?: string | undefined;
      /** Of `code`. */
      readonly detail?: RejectionDetail | undefined;
    };

/** Body of every refusal, under its HTTP status; by invocation it is the whole answer. */
export interface Refusal {
  readonly schema: 1;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly detail?: Readonly<Record<string, unknown>> | undefined;
    readonly retryAfterSeconds?: number | undefined;
  };
}

/** By pattern: React Native's `URL` lacks what zod's own check needs. */
const urlField = z.string().regex(/^https?:\/\/[^\s/?#]+/i, 'expected an http or https URL');

const retryField = z.number().min(0);

/** Reads a {@link VersionDownload}. */
export const versionDownloadSchema: z.ZodType<VersionDownload> = z.object({
  schema: schemaField,
  model: z.string(),
  version: countField,
  files: z
    .array(z.object({ name: fileNameField, url: urlField, bytes: countField, sha256: sha256Field }))
    .min(1),
});

/** Reads a {@link CheckInAnswer}. */
export const checkInAnswerSchema: z.ZodType<CheckInAnswer> = z.discriminatedUnion('kind', [
  z.object({
    schema: schemaField,
    kind: z.literal('selected'),
    round: positiveField,
    device: deviceField,
    plan: trainingPlanSchema,
    base: versionDownloadSchema,
    deadlineAt: timeField,
  }),
  z.object({
    schema: schemaField,
    kind: z.literal('not-selected'),
    round: positiveField,
    retryAfterSeconds: retryField,
    received: z.literal(true).optional(),
  }),
  z.object({ schema: schemaField, kind: z.literal('no-round'), retryAfterSeconds: retryField }),
]);

/** Reads a {@link SlotRequest}; unknown members are refused. */
export const slotRequestSchema: z.ZodType<SlotRequest> = z.strictObject({
  schema: schemaField,
  bytes: positiveField,
  sha256: sha256Field,
  baseVersion: countField,
  header: z.string().optional(),
});

/** Reads a {@link Slot}. */
export const slotSchema: z.ZodType<Slot> = z.object({
  schema: schemaField,
  url: urlField,
  headers: z.record(z.string(), z.string()),
  expiresAt: timeField,
  expiresInSeconds: retryField.optional(),
});

const answer = { schema: schemaField };

/** Reads an {@link OutcomeAnswer}. */
export const outcomeAnswerSchema: z.ZodType<OutcomeAnswer> = z.discriminatedUnion('kind', [
  z.object({ ...answer, kind: z.literal('missing'), retryAfterSeconds: retryField }),
  z.object({
    ...answer,
    kind: z.literal('received'),
    sealed: z.boolean(),
    retryAfterSeconds: retryField,
  }),
  z.object({ ...answer, kind: z.literal('accepted'), version: countField }),
  z.object({ ...answer, kind: z.literal('duplicate'), version: countField }),
  z.object({
    ...answer,
    kind: z.literal('rejected'),
    code: z.string(),
    duplicate: z.literal(true).optional(),
    detail: rejectionDetailSchema.optional(),
  }),
  z.object({ ...answer, kind: z.literal('surplus') }),
  z.object({ ...answer, kind: z.literal('late') }),
  z.object({
    ...answer,
    kind: z.literal('aborted'),
    reason: z.string(),
    code: z.string().optional(),
    detail: rejectionDetailSchema.optional(),
  }),
]);

/** Reads a {@link Refusal}. */
export const refusalSchema: z.ZodType<Refusal> = z.object({
  schema: schemaField,
  error: z.object({
    code: z.string(),
    message: z.string(),
    detail: z.record(z.string(), z.unknown()).optional(),
    retryAfterSeconds: retryField.optional(),
  }),
});
