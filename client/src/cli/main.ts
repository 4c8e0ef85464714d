import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { CommanderError } from '@commander-js/extra-typings';
import { unlessAborted } from '../device/abort.ts';
import { createContext, type GlobalOptions } from './context.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { listenForInterrupts, withDeadline } from './interrupts.ts';
import { Output, type Streams } from './output.ts';
import { createProgram, type StartCommand } from './program.ts';

/** Longest wait for that: a training script may not heed its signal. */
const SETTLE_MS = 200;

/** Runs one command line and ends the process with its exit code. */
export async function main(parameters: readonly string[]): Promise<never> {
  // A reader such as `head` may go away early; that is no fault of ours.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  // The SDK's note on Node's life cycle is for whoever maintains a program, not for who runs it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const exitCode = await runCommandLine(parameters, process, listenForInterrupts());
  await Promise.all([process.stdout, process.stderr].map(flushed));
  // Aborted work may still hold sockets and timers.
  process.exit(exitCode);
}

async function runCommandLine(
  parameters: readonly string[],
  streams: Streams,
  interrupts: AbortSignal,
): Promise<ExitCode> {
  // As long as the command line is not understood, its words have to do.
  const output = new Output(streams, {
    isJson: parameters.includes('--json'),
    isVerbose: parameters.includes('--verbose'),
  });
  if (isVersionAsked(parameters)) {
    const version = await packageVersion();
    output.answer({ version }, version);
    return EXIT_CODES.success;
  }
  let exitCode: ExitCode = EXIT_CODES.success;
  const start: StartCommand = async (globals, work) => {
    useProfile(globals);
    const signal = withDeadline(interrupts, globals.timeoutSeconds);
    signal.throwIfAborted();
    const running = work(createContext({ globals, output, signal }));
    try {
      exitCode = await unlessAborted(running, signal);
    } finally {
      await settled(running);
    }
  };
  try {
    await createProgram(start).parseAsync(parameters, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help has been printed.
    if (error instanceof CommanderError) return EXIT_CODES.success;
    const explained = explainError(error);
    output.failure(explained, error);
    return explained.exitCode;
  }
}

/** Lets an aborted command clear its progress away before anything is said. */
async function settled(running: Promise<unknown>): Promise<void> {
  await Promise.race([running.catch(() => {}), setTimeout(SETTLE_MS)]);
}

/** `--version` as an option of every command would take it away from `model export --version 3`. */
function isVersionAsked([first]: readonly string[]): boolean {
  return first === '--version' || first === '-V';
}

async function packageVersion(): Promise<string> {
  const manifest = new URL('../../package.json', import.meta.url);
  return JSON.parse(await readFile(manifest, 'utf8')).version;
}

/** The SDK reads the profile from the environment alone, for credentials and region. */
function useProfile({ profile }: GlobalOptions): void {
  if (profile !== undefined) process.env['AWS_PROFILE'] = profile;
}

/** Resolves once everything written has left the process; a pipe is slower than `process.exit`. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
