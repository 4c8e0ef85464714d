import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { checkUpdateFile } from '../../protocol/files/check-update-file.ts';
import { examples, modelArgument } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { readInput } from '../input-file.ts';
import { oneLine } from '../terminal-text.ts';
import { readExpectation } from '../update-expectation.ts';

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
    .addOption(
      new Option('--token <jwt>', 'token of this device, to ask for the plan by a check-in')
        .env('TRIBUTARY_TOKEN')
        .conflicts(['tokenFile', 'tokenCommand']),
    )
    .addOption(new Option('--token-file <file>', 'file that holds it').conflicts('tokenCommand'))
    .option('--token-command <command>', 'command that prints it')
    .addHelpText(
      'after',
      examples(
        'device check digits update.safetensors',
        'device check digits update.safetensors --plan check-in.json',
        'device check digits update.safetensors --token-file token.txt',
      ),
    )
    .action((model, file, options) =>
      run(async (context) => {
        const bytes = await readInput(file);
        const { plan, ...known } = await readExpectation(context, model, options);
        const outcome = checkUpdateFile(bytes, plan, known);
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
