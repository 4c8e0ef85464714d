import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** A fault that the command line itself finds. */
export class CliError extends Error {
  /** Stable, kebab-case, meant for programs. */
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(
    message: string,
    options: { readonly code: string; readonly exitCode: ExitCode; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CliError';
    this.code = options.code;
    this.exitCode = options.exitCode;
  }
}

/** A fault that another command line, configuration or input file cures. */
export function usageError(message: string, code: string, cause?: unknown): CliError {
  return new CliError(message, { code, exitCode: EXIT_CODES.usage, cause });
}

/** The first line of what somebody else's error says, for the end of our own sentence. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
