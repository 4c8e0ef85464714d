import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { examples, modelArgument, wholeNumber } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { EXPORT_FORMATS, exportFiles } from '../export-files.ts';
import { withKnownNames } from '../known-names.ts';
import { writeFiles } from '../output-folder.ts';
import { assertPlanReplaceable } from '../plan-file.ts';
import { showParticipation } from '../progress-bars.ts';

const PLAN_HELP = `
plan.json is the plan of the model, with the role of each tensor: "model create NAME --plan plan.json"
takes it, with --weights model.safetensors or --tfjs. A plan.json of another plan is not replaced.`;

/** `model export`: writes a version as files other programs read. */
export function modelExport(run: RunCommand): CommandUnknownOpts {
  return new Command('export')
    .description('Write a model version as files that other programs read.')
    .addArgument(modelArgument())
    .option('--version <n>', 'number of the version (default: the current one)', wholeNumber(0))
    .addOption(
      new Option(
        '--format <format>',
        'model.safetensors, or model.json with weights.bin; with plan.json',
      )
        .choices(EXPORT_FORMATS)
        .default('safetensors' as const),
    )
    .option('--out <dir>', 'folder to write to, made if needed', '.')
    .addHelpText(
      'after',
      `${PLAN_HELP}\n${examples(
        'model export digits --out exported',
        'model export digits --version 3 --format tfjs',
      )}`,
    )
    .action((model, { version: wanted, format, out }) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const display = showParticipation(output);
        try {
          const { onProgress } = display;
          const { plan, found } = await withKnownNames(federation, signal, async () => ({
            plan: (await federation.status(model, { signal })).plan,
            found: await federation.weights(model, wanted, { signal, onProgress }),
          }));
          const { version } = found;
          const content = await exportFiles(format, plan, found);
          await assertPlanReplaceable(out, content);
          const files = await writeFiles(out, content);
          display.stop();
          output.answer(
            { model, version, format, files },
            `Version ${version} of model ${model} is in ${files.join(', ')}`,
          );
          return EXIT_CODES.success;
        } finally {
          display.stop();
        }
      }),
    );
}
