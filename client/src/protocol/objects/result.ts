/** `rounds/{model}/{round}/result.json`: the commit. What it says is what happened. */
import * as z from 'zod';
import {
  countField,
  type Metrics,
  modelField,
  positiveField,
  type Rejection,
  rejectionSchema,
  requestIdField,
  schemaField,
  sha256Field,
  timeField,
  type VersionRef,
  versionFileSchema,
} from '../fields.ts';

/** Σ over seals = included + rejected at the header + rejected in the fold + surplus. */
export interface Conservation {
  readonly sealed: number;
  readonly included: number;
  readonly rejectedAtHeader: number;
  readonly rejectedInFold: number;
  readonly surplus: number;
  /** SHA-256 over the included members (device, ETag, weight) in seal order. */
  readonly membersDigest: string;
  /** Σ weight of the included members. */
  readonly totalWeight: number;
}

interface ResultCommon {
  readonly schema: 1;
  readonly model: string;
  readonly round: number;
  readonly requestId: string;
  readonly finishedAt: number;
  /** True ends the series. */
  readonly stop: boolean;
  /** Updates that do not count; header rejections first, then those of the fold. */
  readonly rejected: readonly Rejection[];
}

/** The round made a version, or went back to one. */
export interface PublishedResult extends ResultCommon {
  readonly kind: 'published';
  /** Equals `round`, or an older version after a rollback. */
  readonly version: number;
  readonly files: VersionRef['files'];
  readonly baseVersion: number;
  /** Updates in the published mean. */
  readonly included: number;
  readonly surplus: number;
  /** Σ exampleCount of the included updates, as stated by the devices. */
  readonly exampleCount: number;
  /** Means of the devices' metrics, weighted as the updates are. */
  readonly metrics: Metrics;
  readonly conservation: Conservation;
}

/** Why a round made no version. */
export type AbortReason = 'too-few-updates' | 'member-lost' | 'stalled' | 'operator';

/** The round made no version; the model stays as it is. */
export interface AbortedResult extends ResultCommon {
  readonly kind: 'aborted';
  readonly reason: AbortReason;
  /** One sentence for a person. */
  readonly message: string;
  /** The version the model stays at. */
  readonly version: number;
}

/** How a round ended. */
export type ResultObject = PublishedResult | AbortedResult;

const conservationSchema: z.ZodType<Conservation> = z.object({
  sealed: countField,
  included: countField,
  rejectedAtHeader: countField,
  rejectedInFold: countField,
  surplus: countField,
  membersDigest: sha256Field,
  totalWeight: positiveField,
});

const common = {
  schema: schemaField,
  model: modelField,
  round: positiveField,
  requestId: requestIdField,
  finishedAt: timeField,
  stop: z.boolean(),
  rejected: z.array(rejectionSchema),
};

/** Reads a {@link ResultObject}. */
export const resultObjectSchema: z.ZodType<ResultObject> = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('published'),
    version: countField,
    files: z.array(versionFileSchema).min(1),
    baseVersion: countField,
    included: positiveField,
    surplus: countField,
    exampleCount: countField,
    metrics: z.record(z.string(), z.number()),
    conservation: conservationSchema,
  }),
  z.object({
    ...common,
    kind: z.literal('aborted'),
    reason: z.enum(['too-few-updates', 'member-lost', 'stalled', 'operator']),
    message: z.string(),
    version: countField,
  }),
]);
