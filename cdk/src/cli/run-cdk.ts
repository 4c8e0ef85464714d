/** The CDK's own command line, run as a person would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const { resolve } = createRequire(import.meta.url);

/**
 * Runs one command of the CDK in the repository, in the same terminal. With `AWS_ENDPOINT_URL` it is
 * LocalStack's variant of it, which is for emulators.
 *
 * @param words - The command and everything after it.
 * @returns The exit code.
 */
export async function runCdk(words: readonly string[]): Promise<number> {
  const endpoint = process.env['AWS_ENDPOINT_URL'];
  const command = endpoint ? 'aws-cdk-local/bin/cdklocal' : 'aws-cdk/bin/cdk';
  const child = spawn(process.execPath, [resolve(command), ...words], {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      // LocalStack's variant wants the second beside the first.
      ...(endpoint ? { AWS_ENDPOINT_URL_S3: process.env['AWS_ENDPOINT_URL_S3'] ?? endpoint } : {}),
    },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
