/** `rounds/{model}/{round}/seals/{group}/{n}.json`: names exactly the updates that count. */
import * as z from 'zod';
import {
  countField,
  deviceField,
  type Metrics,
  metricsField,
  modelField,
  positiveField,
  type Rejection,
  rejectionSchema,
  schemaField,
  sha256Field,
  timeField,
} from '../fields.ts';
import { MEMBER_WEIGHT_MAX } from '../limits.ts';

/** One update that counts, pinned by its ETag. */
export interface SealMember {
  readonly device: string;
  /** As S3 gives it, quotes included; every later read demands it. */
  readonly etag: string;
  /** Lower-case hex, as S3 verified it at the upload. */
  readonly sha256: string;
  readonly bytes: number;
  /** Where the data section begins in the file. */
  readonly dataOffset: number;
  /** As the device stated it. */
  readonly exampleCount: number;
  /** Integer the delta is multiplied with; 1 … 2^24. */
  readonly weight: number;
  readonly metrics: Metrics;
}

/** An update that its header keeps out. */
export interface SealRejection extends Rejection {
  /** Lower-case hex; absent where storage knows none. Tells this upload from a later one of the device. */
  readonly sha256?: string | undefined;
}

/** Part of a group's membership, fixed from here on. */
export interface SealObject {
  readonly schema: 1;
  readonly model: string;
  readonly round: number;
  readonly group: number;
  readonly seal: number;
  /** True in the group's last seal. */
  readonly final: boolean;
  readonly sealedAt: number;
  /** Sorted by device. */
  readonly members: readonly SealMember[];
  readonly rejected: readonly SealRejection[];
  /** Valid, but above the group's capacity; sorted. */
  readonly surplus: readonly string[];
}

const sealMemberSchema: z.ZodType<SealMember> = z.object({
  device: deviceField,
  etag: z.string().min(1),
  sha256: sha256Field,
  bytes: positiveField,
  dataOffset: positiveField,
  exampleCount: positiveField,
  weight: z.int().min(1).max(MEMBER_WEIGHT_MAX),
  metrics: metricsField,
});

const sealRejectionSchema: z.ZodType<SealRejection> = z.intersection(
  rejectionSchema,
  z.object({ sha256: sha256Field.optional() }),
);

/** Reads a {@link SealObject}. */
export const sealObjectSchema: z.ZodType<SealObject> = z.object({
  schema: schemaField,
  model: modelField,
  round: positiveField,
  group: countField,
  seal: countField,
  final: z.boolean(),
  sealedAt: timeField,
  members: z.array(sealMemberSchema),
  rejected: z.array(sealRejectionSchema),
  surplus: z.array(deviceField),
});
