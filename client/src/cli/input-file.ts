import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { decodeJson, ObjectInvalidError } from '../protocol/index.ts';
import { reasonOf, usageError } from './cli-error.ts';

/**
 * Reads a file the user named.
 *
 * @throws {@link CliError} `file-unreadable`.
 */
export async function readInput(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw usageError(
      `File ${path} can't be read (${reasonOf(cause)}); correct the path`,
      'file-unreadable',
      cause,
    );
  }
}

/**
 * Reads a JSON file the user named.
 *
 * @throws {@link CliError} `file-unreadable`; with the code of the fault, naming the member.
 */
export async function readJsonInput<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await readInput(path);
  return asInput(() => decodeJson(schema, bytes, { source: `file ${path}` }));
}

/**
 * Runs a check of what the user gave: a fault is the user's to correct, not the federation's.
 *
 * @throws {@link CliError} with the same code in place of {@link ObjectInvalidError}.
 */
export function asInput<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ObjectInvalidError)) throw error;
    throw usageError(error.message, error.code, error);
  }
}
