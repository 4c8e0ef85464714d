import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';

const LOADER = ['-C', 'tributary-source', '--import', 'tsx'];

const MAIN = join(import.meta.dirname, '../../src/local-server/main.ts');

let server: ChildProcessWithoutNullStreams | undefined;

afterEach(() => {
  server?.kill('SIGKILL');
});

function run(...args: string[]): ChildProcessWithoutNullStreams {
  server = spawn(process.execPath, [...LOADER, MAIN, ...args]);
  return server;
}

/** Everything the process printed until it says how to stop it. */
async function greeting(child: ChildProcessWithoutNullStreams): Promise<string> {
  let printed = '';
  for await (const part of child.stdout) {
    printed += String(part);
    if (printed.includes('Ctrl-C')) return printed;
  }
  throw new Error(`Server ended after printing: ${printed}`);
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the server prints where it is, serves, and ends on %s leaving nothing behind',
  async (signal) => {
    const child = run('--port', '0');
    const printed = await greeting(child);
    const [, endpoint = ''] = /AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)\n/.exec(printed) ?? [];
    const [, logs = ''] = /logs in (.*)\n/.exec(printed) ?? [];
    for (const name of ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
      expect(printed).toMatch(new RegExp(`^export ${name}=\\S+$`, 'm'));
    }
    expect((await fetch(endpoint)).status).toBe(403);
    expect(existsSync(logs)).toBe(true);

    const exit = once(child, 'exit');
    child.kill(signal);
    expect(await exit).toEqual([0, null]);
    expect(existsSync(dirname(logs))).toBe(false);
    await expect(fetch(endpoint)).rejects.toThrow();
  },
);

/** Exit code and everything printed on stderr. */
async function failureOf(...args: string[]): Promise<readonly [number | null, string]> {
  const child = run(...args);
  const printed = text(child.stderr);
  const [exitCode] = await once(child, 'exit');
  return [exitCode, await printed];
}

test('a port that is none is refused in one sentence, exit code 2', async () => {
  expect(await failureOf('--port', '70000')).toEqual([
    2,
    'Option --port got "70000", expected whole numbers from 0 to 65535; --help explains them\n',
  ]);
});

test('a port that is taken is named with what to do, exit code 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  try {
    expect(await failureOf('--port', String(port))).toEqual([
      1,
      `Port ${port} on 127.0.0.1 is in use; choose another with --port, or leave it out for any free one\n`,
    ]);
  } finally {
    taken.close();
  }
});

test('a data folder that is a file is named with what to do, exit code 1', async () => {
  expect(await failureOf('--data', MAIN)).toEqual([
    1,
    `Data folder ${JSON.stringify(MAIN)} can't be used (ENOTDIR); choose one that can be written with --data, or leave it out for a temporary one\n`,
  ]);
});

test('a process that ends in the middle leaves no temporary folder', async () => {
  const temporary = mkdtempSync(join(tmpdir(), 'tributary-exit-'));
  const start = join(import.meta.dirname, '../../src/local-cloud/index.ts');
  const program = `import { startLocalCloud } from ${JSON.stringify(start)};
    import { readdirSync } from 'node:fs';
    await startLocalCloud();
    console.log(readdirSync(process.env.TMPDIR).map((name) => name.slice(0, -7)).sort().join(' '));
    process.exit(3);`;
  server = spawn(process.execPath, [...LOADER, '--input-type=module', '-e', program], {
    env: { ...process.env, TMPDIR: temporary, TSX_DISABLE_CACHE: '1' },
  });
  try {
    const printed = text(server.stdout);
    expect(await once(server, 'exit')).toEqual([3, null]);
    expect(await printed).toContain('tributary-cloud tributary-lambda');
    expect(readdirSync(temporary).filter((name) => name.startsWith('tributary-'))).toEqual([]);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
});
