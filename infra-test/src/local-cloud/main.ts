import { parseArgs } from 'node:util';
import { startLocalCloud } from './start-local-cloud.ts';

const USAGE = `Usage: npm run local-cloud -- [--port <port>] [--data <folder>]

  --port  Port on 127.0.0.1 to listen on (default: any free one)
  --data  Folder that keeps objects from one start to the next (default: a temporary one)
`;

/** Runs the local cloud as a server until it is told to stop. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const port = Number(values.port);
  if (values.help || !Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const cloud = await startLocalCloud({
    port,
    ...(values.data !== undefined && { dataDirectory: values.data }),
  });
  const variables = Object.entries(cloud.environment());
  process.stdout.write(`Local cloud at ${cloud.endpoint}, logs in ${cloud.logDirectory}\n\n`);
  for (const [name, value] of variables) {
    process.stdout.write(`export ${name}=${value}\n`);
  }
  process.stdout.write('\nCtrl-C stops it\n');
  await stopSignal();
  await cloud.close();
}

/** Resolves on the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

await main();
