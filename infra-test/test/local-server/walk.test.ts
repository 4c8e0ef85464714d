/** What the README has its readers type for a cloud that stays, word for word. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeWeights } from '@tributary/client/protocol';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');

/** What the commands need of the repository; what they write must not lie about in it. */
const SHARED = ['package.json', 'node_modules', 'scripts', 'client', 'lambdas', 'infra-test'];

const WRITTEN = ['ada.jwt', 'bo.jwt', 'local-cloud.env', 'tributary.json'];

function blocks(): { readonly serve: string; readonly walk: string } {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const found = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const [serve = '', ...others] = found.filter((block) => block.includes('--federation'));
  const [walk = '', ...more] = found.filter((block) => block.includes('. ./local-cloud.env'));
  expect([others, more]).toEqual([[], []]);
  return { serve, walk };
}

function copyOfRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-walk-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of SHARED) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/** Resolves with what a program printed once it says how to stop it. */
async function greeting(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const part of child.stdout ?? []) {
    printed += String(part);
    if (printed.includes('Ctrl-C')) return printed;
  }
  throw new Error(`Server ended after printing: ${printed}`);
}

it('a federation on a local cloud and two devices end with a trained line on disk', async () => {
  const { serve, walk } = blocks();
  const folder = copyOfRepository();
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_')),
  );
  const options = { cwd: folder, env: environment };
  const server = spawn('bash', ['-e', '-c', `exec ${serve}`], { ...options, detached: true });
  const ended = once(server, 'exit');
  onTestFinished(() => {
    if (server.exitCode === null && server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
  });
  const printed = await greeting(server);
  for (const name of WRITTEN) {
    expect(printed).toContain(name);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  }

  const { stdout, stderr } = await promisify(execFile)('bash', ['-e', '-c', walk], options);
  expect(stdout).toContain('Round 1 of model line published version 1\nIncluded  2 updates');
  expect(stderr).toContain('the update is part of version 1');
  const { slope } = decodeWeights(readFileSync(join(folder, 'exported', 'model.safetensors')));
  expect(slope?.data[0]).toBeCloseTo(2, 1);

  if (server.pid !== undefined) process.kill(-server.pid, 'SIGINT');
  await ended;
  await expect.poll(() => readdirSync(folder).sort()).toEqual([...SHARED, 'exported'].sort());
}, 200_000);
