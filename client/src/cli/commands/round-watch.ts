import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { AbortedResult } from '../../protocol/index.ts';
import { examples, modelArgument, roundArgument } from '../arguments.ts';
import { CliError } from '../cli-error.ts';
import type { CommandContext, RunCommand } from '../context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { withKnownNames } from '../known-names.ts';
import { showDeadline } from '../progress-bars.ts';
import { resultText, timeText } from '../text.ts';
import { currentRound } from '../which-round.ts';

/** `round watch`: waits for a round's result; success is a published one alone. */
export function roundWatch(run: RunCommand): CommandUnknownOpts {
  return new Command('watch')
    .description('Wait until a round ends. Exit code 0: published, 3: aborted.')
    .addArgument(modelArgument())
    .addArgument(roundArgument('the open one, else the last'))
    .addHelpText(
      'after',
      examples('round watch digits', 'round watch digits 3 --json --timeout-seconds 600'),
    )
    .action((model, round) => run((context) => watch({ model, round }, context)));
}

async function watch(
  wanted: { readonly model: string; readonly round: number | undefined },
  context: CommandContext,
) {
  const { operator, output, signal } = context;
  const { model } = wanted;
  const federation = await operator();
  const status = await withKnownNames(federation, signal, async () =>
    federation.round(model, await currentRound(federation, wanted, { signal }), { signal }),
  );
  const { round, deadlineAt } = status;
  const isOver = status.result !== null;
  if (!isOver)
    output.note(`Round ${round} of model ${model} collects until ${timeText(deadlineAt)}`);
  const display = isOver ? undefined : showDeadline(output.terminal, status);
  try {
    const result = status.result ?? (await federation.waitForRound(model, round, { signal }));
    display?.stop();
    output.answer(result, resultText(result));
    if (result.kind === 'published') return EXIT_CODES.success;
    throw aborted(result);
  } finally {
    display?.stop();
  }
}

/** Thrown after the result was printed, so that the sentence is on stderr whatever stdout holds. */
function aborted({ round, model, reason, message, version }: AbortedResult): CliError {
  return new CliError(
    `Round ${round} of model ${model} was aborted and the model stays at version ${version}: ${message}`,
    { code: reason, exitCode: EXIT_CODES.aborted },
  );
}
