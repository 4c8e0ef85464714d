import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../../src/local-cloud/main.ts');

let server: ChildProcessWithoutNullStreams | undefined;

afterEach(() => {
  server?.kill('SIGKILL');
});

function run(...args: string[]): ChildProcessWithoutNullStreams {
  const loader = ['-C', 'tributary-source', '--import', 'tsx'];
  server = spawn(process.execPath, [...loader, MAIN, ...args]);
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

test('a port that is none is refused with the usage', async () => {
  const child = run('--port', '70000');
  const printed = text(child.stderr);
  expect(await once(child, 'exit')).toEqual([2, null]);
  expect(await printed).toContain('--port');
});
