import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tokenSource } from '../../src/cli/token-options.ts';
import { testFolder } from './support/command.ts';

const jwt = (expiresInSeconds: number): string => {
  const claims = { sub: 'ada', exp: Math.floor(Date.now() / 1000) + expiresInSeconds };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
};

const ask = async (source: ReturnType<typeof tokenSource>): Promise<string> =>
  typeof source === 'function' ? source() : source;

test('a token is taken as it is', async () => {
  expect(await ask(tokenSource({ token: 'a.b.c' }))).toBe('a.b.c');
});

test('a token file is read at every request, without its line end', async () => {
  const file = join(await testFolder({ token: 'first\n' }), 'token');
  const source = tokenSource({ tokenFile: file });
  expect(await ask(source)).toBe('first');
  await writeFile(file, 'second\n');
  expect(await ask(source)).toBe('second');
});

test.each(['', ' \n'])('a token file that holds only %j is named', async (content) => {
  const file = join(await testFolder({ token: content }), 'token');
  await expect(ask(tokenSource({ tokenFile: file }))).rejects.toMatchObject({
    code: 'token-unavailable',
    message: `Token file ${file} is empty; write a token into it, or correct --token-file`,
  });
});

test('an empty token, as of an unset variable, is none', () => {
  expect(() => tokenSource({ token: '' })).toThrow(/give --token-command, --token-file or TRIB/);
});

/** A command that prints the token and leaves a mark for each run. */
async function commandFor(token: string) {
  const folder = await testFolder({ token, marks: '' });
  await appendFile(join(folder, 'token'), '\n');
  const tokenCommand = `cd '${folder}' && printf x >> marks && cat token`;
  const runs = async () => (await readFile(join(folder, 'marks'), 'utf8')).length;
  return { source: tokenSource({ tokenCommand }), runs };
}

test.each([
  ['that lives long', 3600, 1],
  ['that is about to expire', 30, 2],
])('a command for a token %s runs as often as needed', async (_, expiresInSeconds, expected) => {
  const token = jwt(expiresInSeconds);
  const { source, runs } = await commandFor(token);
  expect([await ask(source), await ask(source)]).toEqual([token, token]);
  expect(await runs()).toBe(expected);
});

test('a command runs once where the clock is a day ahead of a token that was just issued', async () => {
  const now = Math.floor(Date.now() / 1000) - 26 * 3600;
  const claims = { sub: 'ada', iat: now, exp: now + 3600 };
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const { source, runs } = await commandFor(token);
  expect([await ask(source), await ask(source)]).toEqual([token, token]);
  expect(await runs()).toBe(1);
});

test('a command runs again after its token was refused, whatever the clock says of it', async () => {
  const token = jwt(26 * 3600);
  const { source, runs } = await commandFor(token);
  if (typeof source !== 'function') throw new Error('Source is not a function');
  await source();
  expect(await runs()).toBe(1);
  await source('another.one');
  expect(await runs()).toBe(1);
  await source(token);
  expect(await runs()).toBe(2);
});

test('a command for a token that says nothing of its life runs every time', async () => {
  const { source, runs } = await commandFor('opaque');
  expect([await ask(source), await ask(source)]).toEqual(['opaque', 'opaque']);
  expect(await runs()).toBe(2);
});

test.each([
  [{}, 'token-missing'],
  [{ tokenFile: '/nowhere/at/all' }, 'token-unavailable'],
  [{ tokenCommand: 'exit 7' }, 'token-unavailable'],
  [{ tokenCommand: 'true' }, 'token-unavailable'],
])('%j gives no token', async (options, code) => {
  await expect(async () => ask(tokenSource(options))).rejects.toMatchObject({ code, exitCode: 2 });
});

test('a failed command is told by its exit code, never by what it printed', async () => {
  const source = tokenSource({ tokenCommand: 'echo secret; exit 7' });
  await expect(ask(source)).rejects.toThrow(/^The token command ended with exit code 7;/);
});
