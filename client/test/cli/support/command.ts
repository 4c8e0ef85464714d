import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';

const BIN = fileURLToPath(new URL('../../../bin/tributary.js', import.meta.url));

/** Seconds on an idle machine; a bound on a busy one. */
export const COMMAND_TIMEOUT_MS = 120_000;

/** What a finished command left. */
export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves once a text is on stderr. */
  noted(text: string): Promise<void>;
}

/** Starts `tributary` with its output in pipes, as in `tributary … | cat`. */
export function start(folder: string, ...parameters: readonly string[]): Running {
  const child = spawn(process.execPath, [BIN, ...parameters], { cwd: folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    child,
    finished: closed.then(([exitCode]) => ({ exitCode, stdout, stderr })),
    noted: (text) =>
      expect.poll(() => stderr, { timeout: COMMAND_TIMEOUT_MS, interval: 50 }).toContain(text),
  };
}

/** Runs `tributary` to its end. */
export function tributary(folder: string, ...parameters: readonly string[]): Promise<Finished> {
  return start(folder, ...parameters).finished;
}

/** The one JSON value on stdout; throws when there is more or less. */
export function jsonOf({ stdout }: Finished): Record<string, unknown> {
  return JSON.parse(stdout);
}

/** A folder of one test's own, with these files. */
export async function testFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await makeFolder(files);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A folder with these files; whoever asks for it removes it. */
export async function makeFolder(
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'));
  const entries = Object.entries(files);
  await Promise.all(entries.map(([name, content]) => writeFile(join(folder, name), content)));
  return folder;
}
