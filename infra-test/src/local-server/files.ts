/** The files by which programs of another terminal find a federation on the local cloud. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the federation is, for `npx tributary`. */
export const CONFIG_FILE = 'tributary.json';

/** Variables for the AWS SDK, as a shell or `node --env-file` reads them. */
export const ENVIRONMENT_FILE = 'local-cloud.env';

/** File that holds a device's token. */
export function tokenFile(device: string): string {
  return `${device}.jwt`;
}

/** A file that is not ours to replace is in the way. */
export class FilesExistError extends Error {
  constructor(file: string) {
    super(
      `File ${file} belongs to another federation; move it away, or start the local cloud in another folder`,
    );
    this.name = 'FilesExistError';
  }
}

/**
 * Writes files in a folder; they are for this user alone.
 *
 * @param contents - By name.
 */
export function writeFiles(folder: string, contents: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(contents)) {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }
}

/** Removes files in a folder, whether they are there or not. */
export function removeFiles(folder: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(folder, name), { force: true });
}

/**
 * Makes sure that a `tributary.json` which is there is one of a local cloud, left behind by a process that
 * was killed.
 *
 * @throws {@link FilesExistError}
 */
export function assertReplaceable(folder: string): void {
  const text = readIfThere(join(folder, CONFIG_FILE));
  if (text !== undefined && !/"endpoint": *"http:\/\/127\.0\.0\.1:/.test(text)) {
    throw new FilesExistError(CONFIG_FILE);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
