import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KERNEL_BASE64 } from '../../src/aggregation/kernel.generated.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('../../../scripts/build-kernel.mjs', import.meta.url));
const committed = fileURLToPath(
  new URL('../../src/aggregation/kernel.generated.ts', import.meta.url),
);

// Compiling takes a second, and many where other tests fill the machine.
describe('the committed kernel', { timeout: 120_000 }, () => {
  it('is byte for byte what its source compiles to', async () => {
    await expect(run(process.execPath, [script, '--check'])).resolves.toBeDefined();
  });

  it('is found out when it is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kernel-'));
    const altered = join(folder, 'altered.ts');
    await writeFile(altered, `${await readFile(committed, 'utf8')}// edited by hand\n`);
    await expect(run(process.execPath, [script, '--check', altered])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('run `npm run build:kernel`'),
    });
    await rm(folder, { recursive: true });
  });

  it('imports its memory alone, exports functions alone, and stays a few kilobytes', () => {
    const bytes = Buffer.from(KERNEL_BASE64, 'base64');
    const module = new WebAssembly.Module(bytes);
    expect(WebAssembly.Module.imports(module)).toEqual([
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
    const kinds = WebAssembly.Module.exports(module).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['function']));
    expect(bytes.length).toBeLessThan(4_096);
  });
});
