import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of this process alone. */
export interface TemporaryFolder {
  readonly path: string;
  /** Removes it with everything in it; again is harmless. */
  remove(): void;
}

/** Folders that are still there. */
const folders = new Set<string>();

/**
 * Makes a folder that doesn't outlive this process, even when `process.exit` ends it in the middle of
 * something.
 *
 * @param prefix - Beginning of the folder's name.
 */
export function makeTemporaryFolder(prefix: string): TemporaryFolder {
  if (folders.size === 0) {
    process.off('exit', removeAll);
    process.once('exit', removeAll);
  }
  const path = mkdtempSync(join(tmpdir(), prefix));
  folders.add(path);
  return {
    path,
    remove() {
      remove(path);
      folders.delete(path);
    },
  };
}

function remove(path: string): void {
  // Something that was cut off may still be removing its own file.
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Nothing but synchronous work is done at exit, and a throw would hide why the process ends. */
function removeAll(): void {
  for (const path of folders) {
    try {
      remove(path);
    } catch {
      process.stderr.write(`Temporary folder ${path} can't be removed; delete it by hand\n`);
    }
  }
}
