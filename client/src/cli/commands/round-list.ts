import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples, modelArgument, wholeNumber } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { roundsText } from '../text.ts';

/** `round list`: a model's rounds, newest first. */
export function roundList(run: RunCommand): CommandUnknownOpts {
  return new Command('list')
    .description("List a model's rounds, newest first.")
    .addArgument(modelArgument())
    .option('--before <n>', 'only rounds below this number', wholeNumber(1))
    .option('--limit <n>', 'at most this many (default: all)', wholeNumber(1))
    .addHelpText(
      'after',
      examples('round list digits', 'round list digits --limit 20 --before 101'),
    )
    .action((model, { before, limit }) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const { rounds, next } = await withKnownNames(federation, signal, () =>
          federation.roundsPage(model, { before, limit, signal }),
        );
        output.answer({ model, rounds, next }, roundsText(rounds));
        if (next !== undefined) output.note(`There are older rounds; add --before ${next}`);
        return EXIT_CODES.success;
      }),
    );
}
