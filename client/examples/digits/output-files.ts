import { access, constants, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The output directory can't be used; the message says what to do. */
export class OutputError extends Error {}

/**
 * Makes the output directory and checks that it can be written, before an hour of training.
 *
 * @returns Its absolute path.
 * @throws {@link OutputError}
 */
export async function prepareOutput(directory: string): Promise<string> {
  const path = resolve(directory);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
    return path;
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : 'unknown error';
    throw new OutputError(
      `Output directory ${path} can't be written (${reason}); choose another with --output`,
      { cause },
    );
  }
}

/** Writes files into a directory, replacing those of an earlier run. */
export async function writeFiles(
  directory: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([name, content]) => writeFile(join(directory, name), content)),
  );
}
