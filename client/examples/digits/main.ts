/** The main program: federated training of a digit classifier, on this machine. */
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { HELP, type ParsedOptions, parseOptions } from './options.ts';
import { OutputError } from './output-files.ts';
import { createTerminal } from './terminal.ts';
import type { Terminal } from './terminal-progress.ts';

/** Exit code for a command line that can't be understood. */
const EXIT_USAGE = 2;

const EXIT_FAILURE = 1;

async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const parsed = parseOptions(args);
  if (parsed.kind === 'run') return run(parsed, terminal);
  if (parsed.kind === 'help') {
    terminal.print(HELP);
    return 0;
  }
  process.stderr.write(`${parsed.message}; --help explains them\n`);
  return EXIT_USAGE;
}

async function run(
  { options }: Extract<ParsedOptions, { kind: 'run' }>,
  terminal: Terminal,
): Promise<number> {
  // Loaded only now, so that help and mistakes are answered at once.
  const [{ InterruptedError, listenForInterrupts }, { runDigits }] = await Promise.all([
    import('@tributary/infra-test/local-cloud'),
    import('./run.ts'),
  ]);
  const signal = listenForInterrupts(terminal.print);
  try {
    await runDigits(options, { terminal, signal });
    return 0;
  } catch (error) {
    // Ctrl-C reaches every process of the group, and the end of a child may be noticed before the
    // signal is: one turn of the event loop delivers it, and then it is what ended the run.
    await setImmediate();
    const { reason } = signal;
    if (reason instanceof InterruptedError) return reason.exitCode;
    // Nobody can act on an unexpected error without its stack and causes.
    const text = error instanceof OutputError ? error.message : inspect(error);
    process.stderr.write(`${text}\n`);
    return EXIT_FAILURE;
  }
}

process.exitCode = await main(process.argv.slice(2), createTerminal(process.stdout));
