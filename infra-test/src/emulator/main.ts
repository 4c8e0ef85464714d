/**
 * `npm run test:localstack`: deploys with the CDK and runs the suite there. The endpoint is
 * `AWS_ENDPOINT_URL`'s, or a MiniStack of its own. Arguments go to Vitest: names of files, `-t`.
 */
import { fileURLToPath } from 'node:url';
import { runChild } from './child.ts';
import { startMiniStack } from './ministack.ts';

const SUITE = fileURLToPath(new URL('suite.ts', import.meta.url));
const words = [...process.execArgv, SUITE, ...process.argv.slice(2)];

if (process.env['AWS_ENDPOINT_URL'] === undefined) {
  const { endpoint, version, certificateFile, close } = await startMiniStack();
  process.stdout.write(`MiniStack ${version} listens at ${endpoint}\n`);
  try {
    process.exitCode = await runChild(words, {
      AWS_ENDPOINT_URL: endpoint,
      TRIBUTARY_IMPLEMENTATION: 'MiniStack',
      // Node reads it when it starts, so the suite has a process of its own.
      NODE_EXTRA_CA_CERTS: certificateFile,
    });
  } finally {
    await close();
  }
} else {
  process.exitCode = await runChild(words, {});
}
