import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, usageError } from './cli-error.ts';

/**
 * Writes files into a folder, which is made if needed; files of the same names are replaced.
 *
 * @returns Their paths.
 * @throws {@link CliError} `folder-unwritable`.
 */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return await Promise.all(
      Object.entries(files).map(async ([name, content]) => {
        const path = join(folder, name);
        await writeFile(path, content);
        return path;
      }),
    );
  } catch (cause) {
    throw usageError(
      `Folder ${folder} can't be written (${reasonOf(cause)}); choose another with --out`,
      'folder-unwritable',
      cause,
    );
  }
}
