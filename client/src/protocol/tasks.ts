/** Messages of the hint and task queues. Every one is a hint: lost, late or doubled, it changes nothing. */
import * as z from 'zod';
import { countField, modelField, positiveField, schemaField } from './fields.ts';

/** One aggregator step on one model. */
export type Task =
  | { readonly schema: 1; readonly task: 'collect'; readonly model: string; readonly round: number }
  | {
      readonly schema: 1;
      readonly task: 'seal';
      readonly model: string;
      readonly round: number;
      readonly group: number;
    }
  | {
      readonly schema: 1;
      readonly task: 'fold';
      readonly model: string;
      readonly round: number;
      readonly group: number;
      readonly seal: number;
      readonly shard: number;
    }
  | {
      readonly schema: 1;
      readonly task: 'merge';
      readonly model: string;
      readonly round: number;
      readonly shard: number;
    }
  | {
      readonly schema: 1;
      readonly task: 'publish';
      readonly model: string;
      readonly round: number;
    };

const common = { schema: schemaField, model: modelField, round: positiveField };

/** Reads a {@link Task}. */
export const taskSchema: z.ZodType<Task> = z.discriminatedUnion('task', [
  z.object({ ...common, task: z.literal('collect') }),
  z.object({ ...common, task: z.literal('seal'), group: countField }),
  z.object({
    ...common,
    task: z.literal('fold'),
    group: countField,
    seal: countField,
    shard: countField,
  }),
  z.object({ ...common, task: z.literal('merge'), shard: countField }),
  z.object({ ...common, task: z.literal('publish') }),
]);
