import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { claimOutput, OutputError, writeFiles } from '../../examples/digits/output-files.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-digits-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('output is written into a new directory, and nothing else is left there', async () => {
  const folder = await temporaryFolder();
  const { path, release } = claimOutput(join(folder, 'a', 'b'));
  await writeFiles(path, { 'report.html': '<p>', 'weights.bin': Uint8Array.of(1, 2) });
  release();
  release();
  expect(await readFile(join(path, 'report.html'), 'utf8')).toBe('<p>');
  expect([...(await readFile(join(path, 'weights.bin')))]).toEqual([1, 2]);
  expect((await readdir(path)).sort()).toEqual(['report.html', 'weights.bin']);
});

test('an output directory that cannot be made says what to do', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const claim = () => claimOutput(join(folder, 'file', 'out'));
  expect(claim).toThrow(OutputError);
  expect(claim).toThrow('choose another with --output');
});

test('a directory that a living run uses is refused, one that a dead run used is not', async () => {
  const folder = await temporaryFolder();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)']);
  onTestFinished(() => void other.kill('SIGKILL'));
  await writeFile(join(folder, `.run-${other.pid}.lock`), '');
  const claim = () => claimOutput(folder);
  expect(claim).toThrow(OutputError);
  expect(claim).toThrow(`is used by another run, process ${other.pid}; wait for its end`);
  expect(await readdir(folder)).toEqual([`.run-${other.pid}.lock`]);

  const exit = once(other, 'exit');
  other.kill('SIGKILL');
  await exit;
  claimOutput(folder).release();
  expect(await readdir(folder)).toEqual([]);
});
