/** Checks of the coordinator's answers to operators, which arrive as JSON from another program. */
import * as z from 'zod';
import {
  type CreateModelAnswer,
  countField,
  type ModelList,
  type ModelStatus,
  modelField,
  positiveField,
  type RoundList,
  type RoundStatus,
  type RoundSummary,
  remainingField,
  resultObjectSchema,
  roundSettingsSchema,
  type StartRoundAnswer,
  schemaField,
  slotSchema,
  timeField,
  trainingPlanSchema,
} from '../protocol/index.ts';

export const createModelAnswerSchema: z.ZodType<CreateModelAnswer> = z.discriminatedUnion('kind', [
  z.object({ schema: schemaField, kind: z.literal('upload'), slot: slotSchema }),
  z.object({
    schema: schemaField,
    kind: z.literal('created'),
    model: modelField,
    version: z.literal(0),
  }),
]);

export const startRoundAnswerSchema: z.ZodType<StartRoundAnswer> = z.object({
  schema: schemaField,
  round: positiveField,
  baseVersion: countField,
  deadlineAt: timeField,
});

const phaseField = z.enum(['collecting', 'aggregating', 'published', 'aborted']);

export const roundStatusSchema: z.ZodType<RoundStatus> = z.object({
  schema: schemaField,
  model: modelField,
  round: positiveField,
  phase: phaseField,
  openedAt: timeField,
  deadlineAt: timeField,
  settings: roundSettingsSchema,
  baseVersion: countField,
  remaining: remainingField,
  closed: z
    .object({ reason: z.enum(['goal', 'deadline', 'operator']), closedAt: timeField })
    .nullable(),
  result: resultObjectSchema.nullable(),
});

export const modelStatusSchema: z.ZodType<ModelStatus> = z.object({
  schema: schemaField,
  model: modelField,
  version: countField,
  round: countField,
  openRound: roundStatusSchema.nullable(),
  plan: trainingPlanSchema,
});

export const modelListSchema: z.ZodType<ModelList> = z.object({
  schema: schemaField,
  models: z.array(modelField),
  next: modelField.optional(),
});

const roundSummarySchema: z.ZodType<RoundSummary> = z.object({
  round: positiveField,
  phase: phaseField,
  reason: z.enum(['too-few-updates', 'member-lost', 'stalled', 'operator']).nullable(),
  version: countField.nullable(),
});

export const roundListSchema: z.ZodType<RoundList> = z.object({
  schema: schemaField,
  model: modelField,
  rounds: z.array(roundSummarySchema),
  next: positiveField.optional(),
});
