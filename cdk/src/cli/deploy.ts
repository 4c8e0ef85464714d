import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { confirm, type Terminal } from './confirm.ts';
import { runCdk } from './run-cdk.ts';
import { summaryOf } from './summary.ts';

/** File of the outputs, in the repository; the client's command line reads it. */
const OUTPUTS_FILE = 'cdk-outputs.json';

/** How the two commands reach the CDK and the person before them. */
export interface DeployParts {
  readonly terminal: Terminal;
  /** @default - the CDK's own command line */
  readonly cdk?: (words: readonly string[]) => Promise<number>;
}

/**
 * Shows what would change, asks, deploys, and says what there is now.
 *
 * @param words - `--yes` asks nothing; everything else is handed to the CDK.
 * @returns The exit code.
 */
export async function deploy(
  words: readonly string[],
  { terminal, cdk = runCdk }: DeployParts,
): Promise<number> {
  const { isSure, rest } = parse(words);
  const difference = await cdk(['diff', ...rest]);
  if (difference !== 0) return difference;
  if (!isSure && !(await confirm('Deploy this?', terminal))) return 1;
  const unasked = ['--require-approval', 'never', '--outputs-file', OUTPUTS_FILE];
  const code = await cdk(['deploy', ...unasked, ...rest]);
  if (code !== 0) return code;
  const path = fileURLToPath(new URL(`../../../${OUTPUTS_FILE}`, import.meta.url));
  terminal.output.write(summaryOf(JSON.parse(await readFile(path, 'utf8')), OUTPUTS_FILE));
  return 0;
}

/**
 * Asks and destroys the stack; what its removal policy retains stays.
 *
 * @param words - As for {@link deploy}; the context must be that of the deployment.
 * @returns The exit code.
 */
export async function destroy(
  words: readonly string[],
  { terminal, cdk = runCdk }: DeployParts,
): Promise<number> {
  const { isSure, rest } = parse(words);
  const keeps = rest.includes('removalPolicy=destroy')
    ? 'and every model, round and update with it'
    : 'but keep bucket, secret, logs and device accounts (cdk/README.md says how to go on with them)';
  if (!isSure && !(await confirm(`Destroy the stack ${keeps}?`, terminal))) return 1;
  return cdk(['destroy', '--force', ...rest]);
}

function parse(words: readonly string[]): { isSure: boolean; rest: string[] } {
  return { isSure: words.includes('--yes'), rest: words.filter((word) => word !== '--yes') };
}
