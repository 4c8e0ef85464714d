import { CommandError, fitsForm, type RemotePlan } from '../../protocol/index.ts';
import type { OutputSpec } from '../shapes/spec.ts';

/**
 * Checks that inputs have the forms for which a plan was traced, if it holds for these alone.
 *
 * @throws {@link CommandError} `inputs-mismatch`.
 */
export function checkInputForms({ forms }: RemotePlan, given: readonly OutputSpec[]): void {
  const place =
    forms?.findIndex((form, index) => !fitsForm(form, given[index] as OutputSpec)) ?? -1;
  if (place < 0) return;
  throw new CommandError(
    `Input ${place} of the plan: expected ${describeForm(forms?.[place])}, the form that its function was traced for, got ${describeForm(given[place])}; give it that form, or trace the function for this one with hook.plan`,
    { code: 'inputs-mismatch' },
  );
}

function describeForm(form: Partial<OutputSpec> | undefined): string {
  const shape = form?.shape ? `[${form.shape}]` : 'of any shape';
  return `${form?.dtype ?? 'any dtype'} ${shape}`;
}
