import { accessSync, constants, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder } from '@tributary/infra-test/local-cloud';

/** The output directory can't be used; the message says what to do. */
export class OutputError extends Error {}

/** A directory that this run alone writes into. */
export interface Output {
  /** Absolute. */
  readonly path: string;
  /** Leaves the directory to other runs; again is harmless. */
  release(): void;
}

/** File by which a run says that it uses the directory, with its process id. */
const CLAIM = /^\.run-(\d+)\.lock$/;

/**
 * Makes the output directory, checks that it can be written, before an hour of training, and keeps other
 * runs out of it until it is released or this process ends.
 *
 * @throws {@link OutputError} when it can't be written, or another run uses it.
 */
export function claimOutput(directory: string): Output {
  const path = resolve(directory);
  const claim = join(path, `.run-${process.pid}.lock`);
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK);
    writeFileSync(claim, '');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? cause.code : 'unknown error';
    throw new OutputError(
      `Output directory ${path} can't be written (${reason}); choose another with --output`,
      { cause },
    );
  }
  const release = (): void => {
    process.off('exit', release);
    rmSync(claim, { force: true });
  };
  process.once('exit', release);
  // Looked for after the own claim is there: of two runs that begin at once, at most one goes on.
  const other = otherRun(path);
  if (other === undefined) return { path, release };
  release();
  throw new OutputError(
    `Output directory ${path} is used by another run, process ${other}; wait for its end, or choose another with --output`,
  );
}

/** Process id of a living run that claims the directory; what dead ones left there is removed. */
function otherRun(path: string): number | undefined {
  for (const name of readdirSync(path)) {
    const pid = Number(CLAIM.exec(name)?.[1] ?? process.pid);
    if (pid === process.pid) continue;
    if (isAlive(pid)) return pid;
    rmSync(join(path, name), { force: true });
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's process can't be signalled, and lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
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
