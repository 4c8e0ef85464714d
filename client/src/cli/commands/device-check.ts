import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import * as z from 'zod';
import { checkUpdateFile } from '../../protocol/files/check-update-file.ts';
import { type TrainingPlan, trainingPlanSchema } from '../../protocol/index.ts';
import { examples, modelArgument } from '../arguments.ts';
import type { CommandContext, RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readInput, readJsonInput } from '../input-file.ts';
import { withKnownNames } from '../known-names.ts';
import { oneLine } from '../printable.ts';

/** A training plan by itself, or in an answer such as that of `model show --json`. */
const planFileSchema: z.ZodType<TrainingPlan> = z
  .union([trainingPlanSchema, z.object({ plan: trainingPlanSchema })])
  .transform((file) => ('plan' in file ? file.plan : file));

/** `device check`: says what the aggregator would say of an update file. */
export function deviceCheck(run: RunCommand): CommandUnknownOpts {
  return new Command('check')
    .description('Check an update file against the training plan, before uploading it.')
    .addArgument(modelArgument())
    .argument('<file>', 'update, safetensors')
    .option(
      '--plan <file>',
      "the plan, or an answer that has it, such as model show's or a check-in's",
    )
    .addHelpText(
      'after',
      examples(
        'device check digits update.safetensors',
        'device check digits update.safetensors --plan check-in.json',
      ),
    )
    .action((model, file, { plan: planFile }) =>
      run(async (context) => {
        const plan = await planOf(context, model, planFile);
        const outcome = checkUpdateFile(await readInput(file), plan);
        const { output } = context;
        if (outcome.kind === 'invalid') {
          const { code, detail } = outcome;
          output.answer(outcome, `It would be rejected (${code}): ${oneLine(detail.message)}`);
          return EXIT_CODES.refused;
        }
        for (const warning of outcome.warnings) output.note(`Warning: ${warning}`);
        output.answer(outcome, `It fits the plan; ${outcome.exampleCount} examples`);
        return EXIT_CODES.success;
      }),
    );
}

async function planOf(
  { operator, signal }: CommandContext,
  model: string,
  planFile: string | undefined,
): Promise<TrainingPlan> {
  if (planFile !== undefined) return readJsonInput(planFile, planFileSchema);
  const federation = await operator();
  const status = await withKnownNames(federation, signal, () =>
    federation.status(model, { signal }),
  );
  return status.plan;
}
