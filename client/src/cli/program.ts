import {
  Command,
  type CommanderError,
  type CommandUnknownOpts,
  type Option,
} from '@commander-js/extra-typings';
import { decimalNumber, examples } from './arguments.ts';
import { CliError } from './cli-error.ts';
import { completeWords } from './commands/complete-words.ts';
import { completion } from './commands/completion.ts';
import { deviceCheck } from './commands/device-check.ts';
import { deviceRun } from './commands/device-run.ts';
import { init } from './commands/init.ts';
import { modelCreate } from './commands/model-create.ts';
import { modelExport } from './commands/model-export.ts';
import { modelList } from './commands/model-list.ts';
import { modelShow } from './commands/model-show.ts';
import { roundAbort, roundClose } from './commands/round-end.ts';
import { roundList } from './commands/round-list.ts';
import { roundShow } from './commands/round-show.ts';
import { roundStart } from './commands/round-start.ts';
import { roundWatch } from './commands/round-watch.ts';
import { status } from './commands/status.ts';
import type { GlobalOptions, RunCommand } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';

/** Hands a command's work to whoever runs it, with the options that every command takes. */
export type StartCommand = (
  globals: GlobalOptions,
  work: Parameters<RunCommand>[0],
) => Promise<void>;

const EXIT_CODE_HELP = `
Exit codes:
  0    success; of round watch: the round was published
  1    something else failed, such as local training
  2    command line, configuration or input file
  3    the round was aborted
  4    the federation can't be reached, or did not answer in time
  5    refused, with a code; of device run also: the update was rejected
  6    no such model, round or version
  130  ended by Ctrl-C (143: by SIGTERM)`;

/**
 * The whole command line.
 *
 * @param start - Called once the command line has been understood.
 * @returns Throws {@link CliError} `usage` from `parseAsync` for what it does not understand, and
 * commander's own error, with exit code 0, after help.
 */
export function createProgram(start: StartCommand): CommandUnknownOpts {
  const program = new Command('tributary')
    .description('Models, rounds and devices of a Tributary federation.')
    .usage('<command> [options]')
    .option('--json', 'one JSON value on stdout; notes and errors on stderr')
    .option('--config <file>', 'where the federation is (default: tributary.json, here)')
    .option('--profile <name>', 'AWS profile')
    .option('--region <region>', 'AWS region')
    .option('--endpoint <url>', 'endpoint of the Lambda API')
    .option('--timeout-seconds <n>', 'give up after this time', decimalNumber(0))
    .option('--verbose', 'print stack and causes of an error')
    .addHelpText(
      'after',
      `${examples('init --outputs cdk-outputs.json', 'status', 'round watch digits --json')}\n${EXIT_CODE_HELP}\n\nThe version: npx tributary --version`,
    );
  const run: RunCommand = (work) => start(program.opts(), work);
  program.addCommand(init(run));
  program.addCommand(
    group('model', 'Create, look at and export models.', [
      modelCreate(run),
      modelList(run),
      modelShow(run),
      modelExport(run),
    ]),
  );
  program.addCommand(
    group('round', 'Start, follow and end rounds.', [
      roundStart(run),
      roundWatch(run),
      roundShow(run),
      roundList(run),
      roundClose(run),
      roundAbort(run),
    ]),
  );
  program.addCommand(group('device', 'Take part in rounds.', [deviceRun(run), deviceCheck(run)]));
  program.addCommand(status(run));
  program.addCommand(completion(run));
  program.addCommand(completeWords(run), { hidden: true });
  setUp(program);
  return program;
}

function group(
  name: string,
  description: string,
  commands: readonly CommandUnknownOpts[],
): CommandUnknownOpts {
  const parent = new Command(name).description(description);
  for (const command of commands) parent.addCommand(command);
  return parent;
}

/** What is the same for every command: who prints faults, and what help shows. */
function setUp(command: CommandUnknownOpts): void {
  command.configureHelp({ showGlobalOptions: true });
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    refuseUnknownOption(command, error);
    throw misunderstood(command, error);
  });
  for (const child of command.commands) setUp(child);
}

/** Faults that commander looks for before it looks at names. */
const BEFORE_NAMES: ReadonlySet<string> = new Set([
  'commander.missingMandatoryOptionValue',
  'commander.conflictingOption',
]);

/** A required option that is missing is mostly there, misspelt: the unknown one is named first. */
function refuseUnknownOption(command: CommandUnknownOpts, { code }: CommanderError): void {
  if (!BEFORE_NAMES.has(code)) return;
  const isKnown = (word: string): boolean =>
    allOptionsOf(command).some(({ long, short }) => word === long || word === short);
  const unknown = unplacedOptions(command).find((word) => !isKnown(word.replace(/=.*/s, '')));
  if (unknown !== undefined) internals(command).unknownOption(unknown);
}

/** Words that commander took for options and could not place; none of those after a `--`. */
function unplacedOptions(command: CommandUnknownOpts): string[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  const { rawArgs } = internals(root);
  const end = rawArgs.indexOf('--');
  const literal = new Set(end < 0 ? [] : rawArgs.slice(end + 1));
  return command.args.filter((word) => /^--?[^-]/.test(word) && !literal.has(word));
}

/** What commander has and does not type. */
interface Internals {
  readonly rawArgs: readonly string[];
  /** Refuses an option, with the one that may have been meant. */
  unknownOption(flag: string): never;
}

function internals(command: CommandUnknownOpts): Internals {
  return command as unknown as Internals;
}

function allOptionsOf(command: CommandUnknownOpts): readonly Option[] {
  const { parent, options } = command;
  return parent === null ? options : [...options, ...allOptionsOf(parent)];
}

function misunderstood(command: CommandUnknownOpts, { code, message }: CommanderError): CliError {
  const visible = command.createHelp().visibleCommands(command);
  const names = visible.map((child) => child.name()).join(', ');
  const help = `see npx ${pathOf(command)} --help`;
  const isIncomplete = code === 'commander.help';
  const what = isIncomplete
    ? `Command ${pathOf(command)} needs one more word`
    : message.replace(/^error: /, '').replace(/\s*\(Did you mean (.*)\?\)$/s, '; did you mean $1?');
  const isCommand = isIncomplete || code === 'commander.unknownCommand';
  const more = isCommand ? `commands are ${names}; ${help}` : help;
  const sentence = capital(what).replace(/\.$/, '');
  const whole = sentence.endsWith('?') ? `${sentence} ${capital(more)}` : `${sentence}; ${more}`;
  return new CliError(whole, {
    code: 'usage',
    exitCode: EXIT_CODES.usage,
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function pathOf(command: CommandUnknownOpts): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
