/** `npm run local-cloud`: the local cloud as a server, until it is told to stop. */
import { once } from 'node:events';
import { listenForInterrupts } from './interrupts.ts';
import { explainStart, HELP, type LocalCloudCommand, parseCommand } from './options.ts';
import { type LocalCloud, startLocalCloud } from './start-local-cloud.ts';

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
    const cloud = await startLocalCloud(command);
    process.stdout.write(greeting(cloud));
    if (!interrupted.aborted) await once(interrupted, 'abort');
    await cloud.close();
    return 0;
  } catch (error) {
    const explained = explainStart(error, command);
    if (explained === undefined) throw error;
    process.stderr.write(`${explained}\n`);
    return EXIT_FAILURE;
  }
}

function greeting({ endpoint, logDirectory, environment }: LocalCloud): string {
  const variables = Object.entries(environment()).map(([name, value]) => `export ${name}=${value}`);
  return `Local cloud at ${endpoint}, logs in ${logDirectory}

Run these in another terminal, and the AWS SDK and CLI there speak to it alone:
${variables.join('\n')}

Ctrl-C stops it
`;
}

process.exitCode = await main(process.argv.slice(2));
