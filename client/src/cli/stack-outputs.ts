import * as z from 'zod';
import { usageError } from './cli-error.ts';
import type { Config } from './config.ts';
import { readJsonInput } from './input-file.ts';

/**
 * Outputs by stack, as CDK writes them.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/ref-cli-cmd-deploy.html, `--outputs-file`
 */
const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Finds a federation in a file of stack outputs.
 *
 * @param stack - Needed where several stacks have one.
 * @throws {@link CliError} `stack-unknown`, `file-unreadable`, `json-malformed`, `json-invalid`.
 */
export async function readStackOutputs(path: string, stack: string | undefined): Promise<Config> {
  const stacks = Object.entries(await readJsonInput(path, outputsSchema)).filter(
    ([, outputs]) => outputs['CoordinatorUrl'] !== undefined,
  );
  const names = stacks.map(([name]) => name).join(', ') || 'none';
  const chosen = stack === undefined ? stacks : stacks.filter(([name]) => name === stack);
  const [only, ...others] = chosen;
  if (only === undefined || others.length > 0) {
    const wanted = stack === undefined ? 'one stack with a federation' : `stack ${stack}`;
    throw usageError(
      `File ${path} has outputs of these federations: ${names}; expected ${wanted}: choose with --stack`,
      'stack-unknown',
    );
  }
  const [, { CoordinatorUrl, CoordinatorFunctionName, Region }] = only;
  return {
    coordinatorUrl: CoordinatorUrl,
    coordinatorFunction: CoordinatorFunctionName,
    region: Region,
  };
}
