/** `rounds/{model}/{round}/result.json`: the commit. What it says is what happened. */
import * as z from 'zod';
import {
  countField,
  metricsField,
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
import { METRIC_COUNT_MAX, METRIC_NAME_LENGTH_MAX, REJECTIONS_LISTED_MAX } from '../limits.ts';
import { hasOwn, ownMembers } from '../own-members.ts';

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

/** Members of one seal that the fold excluded for one reason. */
export interface SealExclusions {
  readonly group: number;
  readonly seal: number;
  /** Why, kebab-case. */
  readonly code: string;
  /** Places in the seal's members, from 0, ascending. */
  readonly members: readonly number[];
  /**
   * Of the first of these members the first bad value, an element of the flattened model; at most
   * {@link REJECTIONS_LISTED_MAX} in the whole result.
   */
  readonly elements?: readonly number[] | undefined;
}

/** What a result says of updates that do not count. */
export interface RejectionSummary {
  /** At the header or in the fold, sorted by device; of more than {@link REJECTIONS_LISTED_MAX} the first. */
  readonly rejected: readonly Rejection[];
  /** How many there are in all, by code. */
  readonly rejectedCounts: Readonly<Record<string, number>>;
  /** Every member that the fold excluded; whom the header excluded stands in the seals. */
  readonly excluded: readonly SealExclusions[];
}

interface ResultCommon extends RejectionSummary {
  readonly schema: 1;
  readonly model: string;
  readonly round: number;
  readonly requestId: string;
  readonly finishedAt: number;
  /** True ends the series. */
  readonly stop: boolean;
}

/** One metric over the included updates that report it. */
export interface TrainingMetric {
  /** Weighted as the updates are. */
  readonly mean: number;
  /** How many included updates report it. `null` in results made before this was counted. */
  readonly devices: number | null;
  /** Weighted as the mean is; `null` as above. */
  readonly standardDeviation: number | null;
  /** The smallest value; `null` as above. */
  readonly min: number | null;
  /** The largest value; `null` as above. */
  readonly max: number | null;
}

/** Metrics by name. */
export type TrainingMetrics = Readonly<Record<string, TrainingMetric>>;

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
  /** Σ over the included updates of the examples their devices state, each up to the plan's cap. */
  readonly exampleCount: number;
  /**
   * What devices report of their own training, on their own data; no test of the published version. Of
   * more than {@link METRIC_COUNT_MAX} names those that updates of most weight report, then the first by
   * name.
   */
  readonly trainingMetrics: TrainingMetrics;
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

const sealExclusionsSchema: z.ZodType<SealExclusions> = z.object({
  group: countField,
  seal: countField,
  code: z.string(),
  members: z.array(countField).min(1),
  elements: z.array(countField).min(1).optional(),
});

const common = {
  schema: schemaField,
  model: modelField,
  round: positiveField,
  requestId: requestIdField,
  finishedAt: timeField,
  stop: z.boolean(),
  rejected: z.array(rejectionSchema).max(REJECTIONS_LISTED_MAX),
  rejectedCounts: z.record(z.string(), positiveField),
  excluded: z.array(sealExclusionsSchema),
};

const trainingMetricSchema: z.ZodType<TrainingMetric> = z.object({
  mean: z.number(),
  devices: z.union([positiveField, z.null()]),
  standardDeviation: z.union([z.number().min(0), z.null()]),
  min: z.union([z.number(), z.null()]),
  max: z.union([z.number(), z.null()]),
});

const trainingMetricsField: z.ZodType<TrainingMetrics> = z
  .record(z.string().min(1).max(METRIC_NAME_LENGTH_MAX), trainingMetricSchema)
  .refine(
    (metrics) => Object.keys(metrics).length <= METRIC_COUNT_MAX,
    `expected at most ${METRIC_COUNT_MAX} metrics`,
  );

/** Gives results of before, which hold means as `metrics`, the form of today. */
function nameTrainingMetrics(result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (!hasOwn(result, 'metrics') || hasOwn(result, 'trainingMetrics')) return result;
  const { metrics, ...rest } = result;
  const means = metricsField.safeParse(ownMembers(metrics));
  if (!means.success) return result;
  const unknown = { devices: null, standardDeviation: null, min: null, max: null };
  const trainingMetrics = Object.fromEntries(
    Object.entries(means.data).map(([name, mean]) => [name, { mean, ...unknown }]),
  );
  return { ...rest, trainingMetrics };
}

const currentResultSchema: z.ZodType<ResultObject> = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('published'),
    version: countField,
    files: z.array(versionFileSchema).min(1),
    baseVersion: countField,
    included: positiveField,
    surplus: countField,
    exampleCount: countField,
    trainingMetrics: trainingMetricsField,
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

/** Reads a {@link ResultObject}. */
export const resultObjectSchema: z.ZodType<ResultObject> = z.preprocess(
  nameTrainingMetrics,
  currentResultSchema,
);
