import { globalEnvironment } from '../device/environment.ts';
import { CliError } from './cli-error.ts';
import { EXIT_CODES } from './exit-codes.ts';

const SIGNALS = {
  SIGINT: EXIT_CODES.interrupted,
  SIGTERM: EXIT_CODES.terminated,
} as const;

/**
 * Aborts at the first Ctrl-C or SIGTERM; the second ends the process at once.
 *
 * @returns Aborts with a {@link CliError} `interrupted`.
 */
export function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (name: keyof typeof SIGNALS) => {
    const exitCode = SIGNALS[name];
    if (controller.signal.aborted) process.exit(exitCode);
    controller.abort(
      new CliError(`Stopped by ${name}; what the federation began goes on without this command`, {
        code: 'interrupted',
        exitCode,
      }),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

/**
 * Aborts with `signal`, or after the time a user gave with `--timeout-seconds`, then with a
 * {@link CliError} `gave-up`.
 */
export function withDeadline(signal: AbortSignal, timeoutSeconds: number | undefined): AbortSignal {
  if (timeoutSeconds === undefined) return signal;
  const controller = new AbortController();
  const giveUp = () =>
    controller.abort(
      new CliError(
        `No end within ${timeoutSeconds} s; check the connection, or allow more with --timeout-seconds`,
        { code: 'gave-up', exitCode: EXIT_CODES.unreachable },
      ),
    );
  globalEnvironment.startTimer(timeoutSeconds * 1000, giveUp);
  return AbortSignal.any([signal, controller.signal]);
}
