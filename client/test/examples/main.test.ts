import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../examples/digits/main.ts', import.meta.url));

/** `tsx` is found from here. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Seconds on an idle machine; a bound on a busy one. */
const TIMEOUT_MS = 120_000;
const LONG = { timeout: TIMEOUT_MS };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-main-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Program {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Resolves once a text was printed. */
  printed(text: string): Promise<void>;
  exitCode(): Promise<number>;
}

/** Starts the program as the leader of a process group of its own, as a shell does. */
function start(...args: string[]): Program {
  return startCommand(process.execPath, '-C', 'tributary-source', '--import', 'tsx', MAIN, ...args);
}

/** The same through npm and the shell it starts. */
function startWithNpm(...args: string[]): Program {
  return startCommand('npm', 'start', '--', ...args);
}

function startCommand(command: string, ...args: string[]): Program {
  const child = spawn(command, args, { detached: true, cwd: ROOT });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(() => {
    for (const pid of familyOf(child)) process.kill(pid, 'SIGKILL');
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return {
    child,
    output: () => text,
    printed: (wanted) =>
      expect.poll(() => text, { timeout: TIMEOUT_MS, interval: 50 }).toContain(wanted),
    exitCode: async () => shellExitCode(...(await exited)),
  };
}

/**
 * The exit code that a shell reports. Node.js gives up its signal handlers a moment before a process
 * is gone: a signal that arrives then ends the process by itself.
 */
function shellExitCode(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** The living processes that descend from the child, and itself. */
function familyOf({ pid }: ChildProcess): number[] {
  const parents = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid ?? 0];
  for (const member of family) {
    family.push(...parents.filter(([, ppid]) => ppid === member).map(([id = 0]) => id));
  }
  return family.filter(isAlive);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Has the program end, and waits until whatever it had started is gone. */
async function end(program: Program, stop: () => void): Promise<number> {
  const family = familyOf(program.child);
  stop();
  const exitCode = await program.exitCode();
  await expect.poll(() => family.filter(isAlive), { timeout: TIMEOUT_MS }).toEqual([]);
  return exitCode;
}

test('--help explains the options and exits with 0', LONG, async () => {
  const program = start('--help');
  expect(await program.exitCode()).toBe(0);
  expect(program.output()).toContain('--clients-per-round');
});

test('an option that is not understood is named, and the exit code is 2', LONG, async () => {
  const program = start('--rounds', 'many');
  expect(await program.exitCode()).toBe(2);
  expect(program.output()).toContain('Option --rounds got "many", expected whole numbers');
});

test(
  'an output directory that cannot be made is named before anything starts, exit code 1',
  LONG,
  async () => {
    const program = start('--output', join(MAIN, 'out'));
    expect(await program.exitCode()).toBe(1);
    expect(program.output()).toContain('choose another with --output');
    expect(program.output()).not.toContain('Starting');
  },
);

test.each([
  ['while it starts', 'Starting the local cloud'],
  ['while devices train', 'devices train'],
])('Ctrl-C %s ends everything: exit code 130 and no process left', LONG, async (_, moment) => {
  const program = start('--output', folder);
  await program.printed(moment);
  // A terminal sends the signal to the whole group.
  const exitCode = await end(program, () => process.kill(-(program.child.pid ?? 0), 'SIGINT'));
  expect(exitCode).toBe(130);
  expect(program.output()).toContain('Stopping');
  expect(program.output()).not.toMatch(/Error|at .*\.ts:/);
});

test('SIGTERM to the program alone ends everything too, with exit code 143', LONG, async () => {
  const program = start('--output', folder);
  await program.printed('Training on');
  expect(await end(program, () => program.child.kill('SIGTERM'))).toBe(143);
});

test('a second Ctrl-C while it ends leaves no process either', LONG, async () => {
  const program = start('--output', folder);
  await program.printed('Training on');
  const exitCode = await end(program, () => {
    program.child.kill('SIGINT');
    const presses = setInterval(() => program.child.kill('SIGINT'), 250);
    program.child.once('exit', () => clearInterval(presses));
  });
  expect(exitCode).toBe(130);
});

test('SIGTERM to npm alone ends everything too', LONG, async () => {
  const program = startWithNpm('--output', folder);
  await program.printed('Training on');
  await end(program, () => program.child.kill('SIGTERM'));
  expect(program.output()).toContain('Stopping');
});

test('every script that runs a program hands npm’s signals to it, not to a shell', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const chains = Object.values<string>(scripts).filter((script) => script.includes('require-node'));
  expect(chains.length).toBeGreaterThan(3);
  for (const chain of chains) expect(chain).toContain('&& exec ');
});
