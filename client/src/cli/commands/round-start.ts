import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { checkRoundInput } from '../../federation/round-input.ts';
import { decimalNumber, examples, modelArgument, wholeNumber } from '../arguments.ts';
import type { RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { asInput } from '../input-file.ts';
import { withKnownNames } from '../known-names.ts';
import { timeText } from '../text.ts';

/** `round start`: opens a round, or the first of a series. */
export function roundStart(run: RunCommand): CommandUnknownOpts {
  return new Command('start')
    .description('Open a round, or the first of a series.')
    .addArgument(modelArgument())
    .requiredOption('--goal <n>', 'valid updates that close the round at once', wholeNumber(1))
    .requiredOption('--minimum <n>', 'fewer updates than this abort it', wholeNumber(1))
    .requiredOption('--deadline-seconds <n>', 'longest time to collect updates', wholeNumber(1))
    .option('--rounds <n>', 'rounds in a row (default: 1)', wholeNumber(1))
    .addOption(
      new Option('--continuous', 'go on until a round is ended with --stop').conflicts('rounds'),
    )
    .option('--over-selection <factor>', 'updates it may hold, per goal', decimalNumber(1))
    .option('--population <n>', 'devices expected; selects about as many as needed', wholeNumber(1))
    .option('--abandon-after-seconds <n>', 'from deadline to giving up', wholeNumber(1))
    .option('--request-id <id>', 'asking again with the same one starts nothing new')
    .addHelpText(
      'after',
      examples(
        'round start digits --goal 20 --minimum 10 --deadline-seconds 120',
        'round start digits --goal 20 --minimum 10 --deadline-seconds 600 --continuous',
      ),
    )
    .action((model, { rounds, continuous, requestId, ...settings }) =>
      run(async ({ operator, output, signal }) => {
        const input = { ...settings, rounds: continuous ? ('continuous' as const) : rounds };
        asInput(() => checkRoundInput(input));
        const federation = await operator();
        const started = await withKnownNames(federation, signal, () =>
          federation.startRound(model, { ...input, requestId }, { signal }),
        );
        const { round, baseVersion, deadlineAt } = started;
        output.answer(
          started,
          `Round ${round} of model ${model} is open on version ${baseVersion} until ${timeText(deadlineAt)}`,
        );
        output.note(`Follow it with npx tributary round watch ${model} ${round}`);
        return EXIT_CODES.success;
      }),
    );
}
