import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** A program whose store never empties is ended before the test is, so that it does not run on. */
const PROGRAM_MS_MAX = 110_000;

/** What a program prints; it throws unless the program ends with 0. */
async function outputOf(program: string): Promise<string> {
  const file = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const options = ['-C', 'tributary-source', '--expose-gc', '--unhandled-rejections=strict'];
  // TensorFlow.js greets Node on stderr; everything else there is a fault.
  const args = [...options, '--import', 'tsx', file];
  const { stdout, stderr } = await run(process.execPath, args, { timeout: PROGRAM_MS_MAX });
  expect(stderr.replace(/=+\s+Hi, looks like [\s\S]*?=+\s+/, '').trim()).toBe('');
  return stdout;
}

describe('a program', () => {
  it('that makes and drops 10,000 pointers leaves an empty store', async () => {
    const left = { stored: [0, 0], known: [0, 0], numTensors: 0 };
    expect(JSON.parse(await outputOf('drop-pointers'))).toEqual(left);
  }, 120_000);

  it('P11 leaks: that overwrites its pointer ends with 0 and prints nothing', async () => {
    expect(await outputOf('overwrite')).toBe('');
  }, 120_000);

  it('that forgets what it queued ends with 0 and prints nothing', async () => {
    expect(await outputOf('forget-values')).toBe('');
  }, 120_000);
});
