import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { OutputError, prepareOutput, writeFiles } from '../../examples/digits/output-files.ts';

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-digits-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('output is written into a new directory', async () => {
  const folder = await temporaryFolder();
  const path = await prepareOutput(join(folder, 'a', 'b'));
  await writeFiles(path, { 'report.html': '<p>', 'weights.bin': Uint8Array.of(1, 2) });
  expect(await readFile(join(path, 'report.html'), 'utf8')).toBe('<p>');
  expect([...(await readFile(join(path, 'weights.bin')))]).toEqual([1, 2]);
});

test('an output directory that cannot be made says what to do', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  const failure = prepareOutput(join(folder, 'file', 'out'));
  await expect(failure).rejects.toBeInstanceOf(OutputError);
  await expect(failure).rejects.toThrow('choose another with --output');
});
