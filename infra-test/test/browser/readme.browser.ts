/** What the README has its readers type for a device in a browser, word for word. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startChromium } from '../../src/browser/chromium.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** What the commands need of the repository; what they write must not lie about in it. */
const SHARED = ['package.json', 'node_modules', 'scripts', 'client', 'lambdas', 'infra-test'];

const PICTURE = join(ROOT, '.cache/browser/readme.png');

/** The one block of commands with a word in it. */
function blockWith(word: string): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  const [block = '', ...others] = blocks.filter((each) => each.includes(word));
  expect(others).toEqual([]);
  return block;
}

function copyOfRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of SHARED) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

/** Runs commands of which the last goes on; resolves with what they printed once that matches. */
async function startServer(commands: string, folder: string, isUp: RegExp): Promise<string> {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const child = spawn('bash', ['-e', '-c', commands], {
    cwd: folder,
    env: Object.fromEntries(environment),
    detached: true,
  });
  onTestFinished(() => stop(child));
  let printed = '';
  const note = (part: unknown) => {
    printed += String(part);
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  await expect
    .poll(() => isUp.test(printed) || child.exitCode !== null, { timeout: 200_000 })
    .toBe(true);
  expect(printed).toMatch(isUp);
  return printed;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGINT');
  await ended;
}

it('a page on another origin takes part in a round', async () => {
  const folder = copyOfRepository();
  await startServer(blockWith('--federation'), folder, /Ctrl-C stops it/);
  const commands = `. ./local-cloud.env\n${blockWith('examples/browser')}`;
  const printed = await startServer(commands, folder, /Local:/);
  const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed) ?? [];

  const browser = await startChromium();
  onTestFinished(() => browser.close());
  const tab = await browser.newPage({ viewport: { width: 600, height: 500 } });
  await tab.goto(address);
  await tab.getByText(/The update was|Error/).waitFor({ timeout: 200_000 });
  await tab.screenshot({ path: PICTURE, fullPage: true });
  expect(await tab.textContent('body')).toContain('The update was accepted');
});
