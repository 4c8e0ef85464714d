import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples, modelArgument, wholeNumber } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { roundsText } from '../text.ts';

/** `round list`: a model's rounds, newest first. */
export function roundList(run: RunCommand): CommandUnknownOpts {
  return new Command('list')
    .description("List a model's rounds, newest first, at most 100.")
    .addArgument(modelArgument())
    .option('--before <n>', 'only rounds below this number', wholeNumber(1))
    .addHelpText('after', examples('round list digits', 'round list digits --before 101'))
    .action((model, { before }) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const rounds = await withKnownNames(federation, signal, () =>
          federation.rounds(model, { before, signal }),
        );
        output.answer({ model, rounds }, roundsText(rounds));
        return EXIT_CODES.success;
      }),
    );
}
