import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Credential } from '../credentials.ts';
import type { DeployedFunction } from './deployed-function.ts';

/**
 * All that a function's process finds in its environment: what Lambda sets and what the function's owner set.
 *
 * Of the local cloud's own environment only PATH goes through; HOME is a folder of the process's own, since
 * the user's holds AWS profiles.
 *
 * @param options.scratchDirectory - Folder for the process's files; made if absent.
 */
export function environmentVariables(
  deployed: DeployedFunction,
  options: {
    readonly region: string;
    readonly endpoint: string;
    readonly credential: Credential;
    readonly scratchDirectory: string;
  },
): Record<string, string> {
  const { region, endpoint, credential, scratchDirectory } = options;
  const temporary = join(scratchDirectory, 'tmp');
  mkdirSync(temporary, { recursive: true });
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: scratchDirectory,
    TMPDIR: temporary,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    AWS_ENDPOINT_URL: endpoint,
    ...deployed.variables,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
    AWS_SESSION_TOKEN: credential.sessionToken ?? '',
    AWS_EXECUTION_ENV: `AWS_Lambda_${deployed.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: deployed.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(deployed.memoryMegabytes),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${deployed.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: credential.accessKeyId,
    LAMBDA_TASK_ROOT: deployed.codeDirectory,
    _HANDLER: deployed.handler,
  };
}
