import { resolve } from 'node:path';
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { Device } from '../../device/device.ts';
import type { DeviceOutcome } from '../../device/outcome.ts';
import { examples, modelArgument, wholeNumber } from '../arguments.ts';
import type { CommandContext, RunCommand } from '../context.ts';
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts';
import { explainError } from '../explain-error.ts';
import { outcomeText } from '../outcome-text.ts';
import { showParticipation } from '../progress-bars.ts';
import { outcomeExitCode, takePart } from '../take-part.ts';
import { type TokenOptions, tokenSource } from '../token-options.ts';
import { loadTrain } from '../train-script.ts';
import { noteTraining } from '../training-notes.ts';

const SCRIPT_HELP = `
The training script exports train(weights, plan, { signal, onProgress, dataDirectory }), or a
default function that is given { dataDirectory, deviceId, model } and returns such a train function;
train returns { weights, exampleCount } or { delta, exampleCount }, and may add metrics.

With --rounds (above 1) or --forever the device notes a training that diverges, or a federation that is out
of reach, waits and goes on; what would fail again ends it. With --rounds an address that has never
answered is tried five times, a minute apart.`;

/** `device run`: takes part in rounds with a folder of data and a training script. */
export function deviceRun(run: RunCommand): CommandUnknownOpts {
  return new Command('run')
    .description('Take part in a round of a model, or in several.')
    .addArgument(modelArgument())
    .requiredOption('--data <dir>', 'folder of local data; it stays here')
    .requiredOption('--train <script>', 'training script, JavaScript or TypeScript')
    .requiredOption('--device-id <id>', "the token's subject")
    .addOption(
      new Option('--token <jwt>', 'token of this device')
        .env('TRIBUTARY_TOKEN')
        .conflicts(['tokenFile', 'tokenCommand']),
    )
    .addOption(
      new Option('--token-file <file>', 'file that holds it, read at every request').conflicts(
        'tokenCommand',
      ),
    )
    .option('--token-command <command>', 'command that prints it, run when it is about to expire')
    .option(
      '--rounds <n>',
      'rounds to take part in, waiting for each (default: 1, unless none is open)',
      wholeNumber(1),
    )
    .addOption(new Option('--forever', 'take part until Ctrl-C').conflicts('rounds'))
    .addHelpText(
      'after',
      `${SCRIPT_HELP}\n${examples(
        'device run digits --data ./data --train ./train.mjs --device-id ada --token-file token.txt',
        "device run digits --data ./data --train ./train.ts --device-id ada --token-command 'get-token' --forever",
      )}`,
    )
    .action((model, options) => run((context) => runDevice({ model, ...options }, context)));
}

/** What came of one of several rounds; `failed` is a training that sent no update. */
type RoundOutcome =
  | DeviceOutcome
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

interface DeviceRunOptions extends TokenOptions {
  readonly model: string;
  readonly data: string;
  readonly train: string;
  readonly deviceId: string;
  readonly rounds?: number | undefined;
  readonly forever?: true | undefined;
}

async function runDevice(options: DeviceRunOptions, context: CommandContext): Promise<ExitCode> {
  const { model, deviceId, forever, rounds = 1 } = options;
  const { output, signal } = context;
  const federation = await context.federationWith(tokenSource(options));
  const script = { model, deviceId, dataDirectory: resolve(options.data) };
  const display = showParticipation(output);
  const train = noteTraining(await loadTrain(options.train, script), (line) => {
    display.stop();
    output.note(line);
  });
  const device = new Device({
    federation,
    deviceId,
    train,
  });
  const outcomes: RoundOutcome[] = [];
  try {
    await takePart({
      device,
      model,
      rounds: forever ? Number.POSITIVE_INFINITY : rounds,
      signal,
      onProgress: display.onProgress,
      onOutcome: (outcome) => {
        display.stop();
        output.note(outcomeText(model, outcome));
        if (!forever) outcomes.push(outcome);
      },
      onFailure: ({ error, kind, waitSeconds }) => {
        display.stop();
        const { code, message } = explainError(error);
        const next = waitSeconds === undefined ? '' : `; the next attempt is in ${waitSeconds} s`;
        output.note(`${message} (${code})${next}`);
        if (!forever && kind === 'training') outcomes.push({ kind: 'failed', code, message });
      },
    });
  } finally {
    display.stop();
  }
  return answer(context, outcomes);
}

/** The last outcome that is no success decides the exit code. */
function answer({ output }: CommandContext, outcomes: readonly RoundOutcome[]): ExitCode {
  const kinds = outcomes.map(({ kind }) => kind).join(', ');
  output.answer({ outcomes }, kinds);
  const exitCodes = outcomes.map((outcome) =>
    outcome.kind === 'failed' ? EXIT_CODES.failed : outcomeExitCode(outcome),
  );
  return exitCodes.findLast((code) => code !== EXIT_CODES.success) ?? EXIT_CODES.success;
}
