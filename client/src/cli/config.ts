/** `tributary.json`: where a federation is. */
import { readFile, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { decodeJson } from '../protocol/index.ts';
import { reasonOf, usageError } from './cli-error.ts';
import { asInput } from './input-file.ts';

/** File `init` writes and every other command reads, in the current directory. */
export const CONFIG_FILE = 'tributary.json';

/** Where a federation is; devices need the URL, operators the function. */
export interface Config {
  /** The coordinator's function URL. */
  readonly coordinatorUrl?: string | undefined;
  /** Name or ARN of the coordinator function. */
  readonly coordinatorFunction?: string | undefined;
  /** @default what the AWS SDK finds */
  readonly region?: string | undefined;
  /** Endpoint of the Lambda API. @default what the AWS SDK finds */
  readonly endpoint?: string | undefined;
}

const configSchema: z.ZodType<Config> = z.strictObject({
  coordinatorUrl: z.url({ protocol: /^https?$/ }).optional(),
  coordinatorFunction: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
});

/**
 * Checks a configuration before it is written.
 *
 * @throws {@link CliError} `json-invalid` naming the member.
 */
export function checkConfig(config: Config): Config {
  return asInput(() => decodeJson(configSchema, JSON.stringify(config), { source: CONFIG_FILE }));
}

/**
 * Reads a configuration.
 *
 * @returns `undefined` when there is no such file.
 * @throws {@link CliError} `file-unreadable`, `json-malformed`, `json-invalid`.
 */
export async function readConfig(path: string): Promise<Config | undefined> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return undefined;
  return asInput(() => decodeJson(configSchema, bytes, { source: `configuration ${path}` }));
}

/** Writes a configuration, replacing what is there. */
export async function writeConfig(path: string, config: Config): Promise<void> {
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw usageError(
      `Configuration ${path} can't be read (${reasonOf(cause)}); correct --config`,
      'file-unreadable',
      cause,
    );
  }
}
