import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanInput } from '../federation/model-input.ts';
import type { TrainingPlan } from '../protocol/index.ts';
import { usageError } from './cli-error.ts';

/** Name of the plan beside an exported model. */
export const PLAN_FILE = 'plan.json';

/** A plan as `model create --plan` takes it, with the role of every tensor. */
export function encodePlanFile(plan: TrainingPlan): Uint8Array {
  const { architecture, training, update, strategy, tensors } = plan;
  const roles = Object.fromEntries(tensors.map(({ name, role }) => [name, role]));
  const input: PlanInput = { architecture, training, update, strategy, roles };
  return new TextEncoder().encode(`${JSON.stringify(input, null, 2)}\n`);
}

/**
 * Protects a plan in the folder that the user may have written: it is replaced by its like only.
 *
 * @throws {@link CliError} `plan-file-exists`.
 */
export async function assertPlanReplaceable(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const plan = files[PLAN_FILE];
  if (plan === undefined) return;
  const existing = await readFile(join(folder, PLAN_FILE)).catch(() => undefined);
  if (existing === undefined || existing.equals(plan)) return;
  throw usageError(
    `Folder ${folder} has another ${PLAN_FILE}, which the plan of the model would replace; choose another folder with --out, or move the file`,
    'plan-file-exists',
  );
}
