import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples, modelArgument, roundArgument } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { roundText } from '../text.ts';
import { currentRound } from '../which-round.ts';

/** `round show`: where a round stands, and how it ended. */
export function roundShow(run: RunCommand): CommandUnknownOpts {
  return new Command('show')
    .description('Show where a round stands, and how it ended.')
    .addArgument(modelArgument())
    .addArgument(roundArgument('the open one, else the last'))
    .addHelpText('after', examples('round show digits', 'round show digits 3 --json'))
    .action((model, given) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const status = await withKnownNames(federation, signal, async () => {
          const round = await currentRound(federation, { model, round: given }, { signal });
          return federation.round(model, round, { signal });
        });
        output.answer(status, roundText(status));
        return EXIT_CODES.success;
      }),
    );
}
