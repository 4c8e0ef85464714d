import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { examples, modelArgument, roundArgument } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { roundText } from '../text.ts';
import { openRound } from '../which-round.ts';

/** `round close`: ends a round's collection; what is there is aggregated. */
export function roundClose(run: RunCommand): CommandUnknownOpts {
  return endCommand('close', run).description(
    "End a round's collection now; the updates that are there count.",
  );
}

/** `round abort`: ends a round without a version. */
export function roundAbort(run: RunCommand): CommandUnknownOpts {
  return endCommand('abort', run).description(
    'End a round without a version; the model stays as it is.',
  );
}

function endCommand(name: 'close' | 'abort', run: RunCommand): CommandUnknownOpts {
  return new Command(name)
    .addArgument(modelArgument())
    .addArgument(roundArgument('the open one'))
    .option('--stop', 'end the series or continuous training too')
    .addHelpText('after', examples(`round ${name} digits`, `round ${name} digits 3 --stop`))
    .action((model, given, { stop }) =>
      run(async ({ operator, output, signal }) => {
        const federation = await operator();
        const status = await withKnownNames(federation, signal, async () => {
          const round = await openRound(federation, { model, round: given }, { signal });
          const options = { stop, signal };
          return name === 'close'
            ? federation.closeRound(model, round, options)
            : federation.abortRound(model, round, options);
        });
        output.answer(status, roundText(status));
        return EXIT_CODES.success;
      }),
    );
}
