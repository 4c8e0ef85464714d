import { parseArgs } from 'node:util';

/** What `npm run local-cloud` is told. */
export interface LocalCloudCommand {
  /** Port on 127.0.0.1, 0 … 65,535; 0 for any free one. */
  readonly port: number;
  /** Folder that keeps objects; absent for a temporary one. */
  readonly dataDirectory?: string;
  /** Devices of a federation to deploy; absent for a cloud without one. */
  readonly devices?: readonly string[];
}

/** What the command line asks for. */
export type ParsedCommand =
  | { readonly kind: 'run'; readonly command: LocalCloudCommand }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string };

const PORT_MAX = 65_535;

/** Text of `--help`. */
export const HELP: string = `Serves the S3, SQS, Lambda and Scheduler APIs on this machine until Ctrl-C, and prints the variables
by which the AWS SDK of another terminal finds them. With --federation it deploys a federation too and
writes tributary.json, local-cloud.env and a token for each device in the current folder, until Ctrl-C.

Usage: npm run local-cloud -- [options]

  --port <port>    On 127.0.0.1, 0 to ${PORT_MAX}; 0 is any free one (default 0)
  --data <folder>  Keeps objects from one start to the next (default a temporary folder);
                   functions, queues and schedules are not kept
  --federation     Deploys a federation
  --devices <ids>  Devices that are given a token, as ada.jwt, parted by commas (default ada,bo);
                   with --federation
  --help           This text
`;

const OPTIONS = {
  port: { type: 'string', default: '0' },
  data: { type: 'string' },
  federation: { type: 'boolean', default: false },
  devices: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; says what was got and what is allowed where it is wrong. */
export function parseCommand(args: readonly string[]): ParsedCommand {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
    if (values.help) return { kind: 'help' };
    return commandOf(values);
  } catch (error) {
    return { kind: 'invalid', message: parseMessage(error, args) };
  }
}

interface Values {
  readonly port: string;
  readonly data?: string | undefined;
  readonly federation: boolean;
  readonly devices?: string | undefined;
}

/** Devices of a federation unless told otherwise. */
const DEVICES = 'ada,bo';

/** Subjects that can begin a file's name; any string could be one. */
const DEVICE = /^[A-Za-z0-9_-][A-Za-z0-9._@-]{0,63}$/;

function commandOf({ port, data, federation, devices }: Values): ParsedCommand {
  const allowedPort = `whole numbers from 0 to ${PORT_MAX}`;
  if (!/^[0-9]{1,5}$/.test(port) || Number(port) > PORT_MAX) {
    return refused('port', port, allowedPort);
  }
  if (data?.trim() === '') return refused('data', data, 'paths of folders');
  if (devices !== undefined && !federation) {
    return { kind: 'invalid', message: 'Option --devices is for a federation; add --federation' };
  }
  const names = (devices ?? DEVICES).split(',').map((name) => name.trim());
  if (!names.every((name) => DEVICE.test(name))) {
    return refused('devices', devices ?? '', 'names of A-Z a-z 0-9 . _ @ -, parted by commas');
  }
  return {
    kind: 'run',
    command: {
      port: Number(port),
      ...(data !== undefined && { dataDirectory: data }),
      ...(federation && { devices: names }),
    },
  };
}

function refused(name: string, got: string, allowed: string): ParsedCommand {
  return {
    kind: 'invalid',
    message: `Option --${name} got ${JSON.stringify(got)}, expected ${allowed}`,
  };
}

/** First sentence of what `parseArgs` says about the command line; anything else is thrown on. */
function parseMessage(error: unknown, given: readonly string[]): string {
  if (!(error instanceof Error && codeOf(error).startsWith('ERR_PARSE_ARGS_'))) throw error;
  const [sentence] = error.message.split(/[.\n]/, 1);
  if (codeOf(error) === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL' && given.includes('--devices')) {
    return `${sentence}; part the names of devices by commas: --devices ada,bo`;
  }
  const known = Object.keys(OPTIONS).map((name) => `--${name}`);
  return `${sentence}; options are ${known.join(' ')}`;
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/**
 * Says in one sentence why a cloud didn't start and what to do, where its user can do something.
 *
 * @returns Undefined for any other error.
 */
export function explainStart(error: unknown, command: LocalCloudCommand): string | undefined {
  if (!(error instanceof Error && 'syscall' in error)) return undefined;
  const { port, dataDirectory } = command;
  const code = codeOf(error);
  if (error.syscall === 'listen') {
    const why = code === 'EADDRINUSE' ? 'is in use' : `can't be listened on (${code})`;
    return `Port ${port} on 127.0.0.1 ${why}; choose another with --port, or leave it out for any free one`;
  }
  if (dataDirectory === undefined) return undefined;
  return `Data folder ${JSON.stringify(dataDirectory)} can't be used (${code}); choose one that can be written with --data, or leave it out for a temporary one`;
}
