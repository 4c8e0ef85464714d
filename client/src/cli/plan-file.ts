import * as z from 'zod';
import type { PlanInput } from '../federation/build-plan.ts';
import { jsonSchema } from '../protocol/index.ts';

/** What of {@link PlanInput} is a member's own matter is checked when the plan is built. */
interface PlanFile {
  readonly architecture?: PlanInput['architecture'];
  readonly training?: PlanInput['training'];
  readonly update?: PlanInput['update'];
  readonly strategy?: PlanInput['strategy'];
  readonly roles?: PlanInput['roles'];
}

/** Reads a plan file; members that no plan has are refused, since a misspelt one would be ignored. */
export const planFileSchema: z.ZodType<PlanFile> = z.strictObject({
  architecture: jsonSchema.optional(),
  training: z.record(z.string(), jsonSchema).optional(),
  // Its members are checked, with their defaults filled in, when the plan is built.
  update: z.custom<PlanInput['update']>((value) => typeof value === 'object').optional(),
  strategy: z
    .strictObject({
      name: z.string(),
      options: z.record(z.string(), z.number()).optional(),
    })
    .optional(),
  roles: z.record(z.string(), z.enum(['trained', 'statistic'])).optional(),
});
