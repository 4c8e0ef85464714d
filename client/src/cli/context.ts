import type { TokenSource } from '../device/token.ts';
import { Federation } from '../federation/federation.ts';
import { usageError } from './cli-error.ts';
import { CONFIG_FILE, type Config, readConfig } from './config.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import { noteWaits } from './progress-lines.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json?: true | undefined;
  readonly config?: string | undefined;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly verbose?: true | undefined;
}

/** What a command works with. */
export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly output: Output;
  /** Aborts on Ctrl-C and when `--timeout-seconds` are over. */
  readonly signal: AbortSignal;
  /**
   * The federation as its operator has it.
   *
   * @throws {@link CliError} `config-missing`, naming `init`.
   */
  operator(): Promise<Federation>;
  /**
   * The federation as a device has it.
   *
   * @throws {@link CliError} `config-missing`, naming `init`.
   */
  federationWith(token: TokenSource): Promise<Federation>;
}

/** Runs a command's work once its options are parsed, and keeps its exit code. */
export type RunCommand = (work: (context: CommandContext) => Promise<ExitCode>) => Promise<void>;

/** Builds what a command works with from the options that every command takes. */
export function createContext(
  parts: Pick<CommandContext, 'globals' | 'output' | 'signal'>,
): CommandContext {
  const { globals, output } = parts;
  // Bars are the commands' own; that nothing is heard is worth a note in all of them.
  const onProgress = noteWaits(output);
  return {
    ...parts,
    async operator() {
      const config = await locate(globals, 'coordinatorFunction');
      const { coordinatorFunction, region, endpoint } = config;
      return new Federation({ coordinatorFunction, region, endpoint, onProgress });
    },
    async federationWith(token) {
      const { coordinatorUrl } = await locate(globals, 'coordinatorUrl');
      return new Federation({ coordinatorUrl, token });
    },
  };
}

/** Path of the configuration in use. */
export function configPath(globals: GlobalOptions): string {
  return globals.config ?? CONFIG_FILE;
}

async function locate(
  globals: GlobalOptions,
  needed: 'coordinatorUrl' | 'coordinatorFunction',
): Promise<Config> {
  const path = configPath(globals);
  const config = await readConfig(path);
  if (config?.[needed] === undefined) throw configMissing(path, config && needed);
  const { region = config.region, endpoint = config.endpoint } = globals;
  return { ...config, region, endpoint };
}

function configMissing(path: string, member: string | undefined): Error {
  const what =
    member === undefined
      ? `There is no configuration ${path} here`
      : `Configuration ${path} has no ${member}`;
  return usageError(
    `${what}; write it with npx tributary init --outputs cdk-outputs.json, or name another with --config`,
    'config-missing',
  );
}
