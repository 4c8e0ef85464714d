import {
  DeploymentError,
  InvocationFailedError,
  ObjectInvalidError,
  RequestRefusedError,
  TributaryError,
} from '../protocol/index.ts';
import { CliError } from './cli-error.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';

/** An error as the command line tells it. */
export interface ExplainedError {
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
  readonly exitCode: ExitCode;
}

/** Refusals that say that a name or number leads nowhere. */
export const UNKNOWN_CODES: ReadonlySet<string> = new Set([
  'model-unknown',
  'round-unknown',
  'version-unknown',
]);

/** Failed attempts that no connection is to blame for. */
const LOCAL_FAILURES: ReadonlySet<string> = new Set([
  'train-failed',
  'train-result',
  'progress-callback-failed',
]);

/** Objects that came from the other side, unlike plans, weights and settings, which the user gave. */
const ANSWER_FAULTS: ReadonlySet<string> = new Set([
  'download-corrupt',
  'json-invalid',
  'json-malformed',
  'schema-newer',
  'version-too-large',
  'version-without-weights',
]);

/** Says in one sentence what happened, and which exit code it is. */
export function explainError(error: unknown): ExplainedError {
  if (error instanceof CliError) {
    const { code, message, exitCode } = error;
    return { code, message, exitCode };
  }
  if (error instanceof TributaryError) {
    // What the command line's own token sources say is better than that they failed.
    if (error.code === 'token-failed' && error.cause instanceof CliError) {
      return explainError(error.cause);
    }
    const { code, detail } = error;
    const message = error.message.replace('see the cause', 'add --verbose to see the cause');
    const exitCode = exitCodeOf(error);
    return { code, message, ...(detail === undefined ? {} : { detail }), exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `Something unforeseen failed: ${message}; try again with --verbose`,
    exitCode: EXIT_CODES.failed,
  };
}

function exitCodeOf(error: TributaryError): ExitCode {
  const { code } = error;
  if (error instanceof RequestRefusedError) {
    return UNKNOWN_CODES.has(code) ? EXIT_CODES.unknown : EXIT_CODES.refused;
  }
  if (error instanceof InvocationFailedError) {
    return LOCAL_FAILURES.has(code) ? EXIT_CODES.failed : EXIT_CODES.unreachable;
  }
  if (error instanceof DeploymentError) {
    return code === 'invoke-refused' ? EXIT_CODES.unreachable : EXIT_CODES.usage;
  }
  if (error instanceof ObjectInvalidError) {
    return ANSWER_FAULTS.has(code) ? EXIT_CODES.failed : EXIT_CODES.usage;
  }
  return EXIT_CODES.failed;
}
