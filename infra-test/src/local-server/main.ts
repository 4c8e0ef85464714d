/** `npm run local-cloud`: the local cloud as a server, with a federation on it if asked for, until it is told to stop. */
import { once } from 'node:events';
import { type LocalCloud, startLocalCloud } from '../local-cloud/index.ts';
import { listenForInterrupts } from '../local-cloud/interrupts.ts';
import { ENVIRONMENT_FILE, FilesExistError } from './files.ts';
import { explainStart, HELP, type LocalCloudCommand, parseCommand } from './options.ts';
import { type ServedFederation, serveFederation } from './serve-federation.ts';

/** Exit code for a command line that can't be understood. */
const EXIT_USAGE = 2;

const EXIT_FAILURE = 1;

async function main(args: readonly string[]): Promise<number> {
  const parsed = parseCommand(args);
  if (parsed.kind === 'run') return run(parsed.command);
  if (parsed.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  process.stderr.write(`${parsed.message}; --help explains them\n`);
  return EXIT_USAGE;
}

async function run(command: LocalCloudCommand): Promise<number> {
  const interrupted = listenForInterrupts((text) => process.stderr.write(`${text}\n`));
  try {
    const served = await serve(command);
    process.stdout.write(served.greeting);
    if (!interrupted.aborted) await once(interrupted, 'abort');
    await served.close();
    return 0;
  } catch (error) {
    const explained =
      error instanceof FilesExistError ? error.message : explainStart(error, command);
    if (explained === undefined) throw error;
    process.stderr.write(`${explained}\n`);
    return EXIT_FAILURE;
  }
}

/** What runs until it is closed, and what its user is told. */
interface Served {
  readonly greeting: string;
  close(): Promise<void>;
}

async function serve(command: LocalCloudCommand): Promise<Served> {
  if (command.devices === undefined) {
    const cloud = await startLocalCloud(command);
    return { greeting: cloudGreeting(cloud), close: () => cloud.close() };
  }
  const federation = await serveFederation({ ...command, devices: command.devices });
  return { greeting: federationGreeting(federation), close: () => federation.close() };
}

function cloudGreeting({ endpoint, logDirectory, environment }: LocalCloud): string {
  const variables = Object.entries(environment()).map(([name, value]) => `export ${name}=${value}`);
  return `Local cloud at ${endpoint}, logs in ${logDirectory}

Run these in another terminal, and the AWS SDK and CLI there speak to it alone:
${variables.join('\n')}

Ctrl-C stops it
`;
}

function federationGreeting({ endpoint, logDirectory, files }: ServedFederation): string {
  return `Local cloud at ${endpoint} with a federation, logs in ${logDirectory}
Wrote ${files.join(', ')}

Run this in another terminal, in the same folder, and npx tributary finds the federation:
. ./${ENVIRONMENT_FILE}

Ctrl-C stops it and removes the files
`;
}

process.exitCode = await main(process.argv.slice(2));
