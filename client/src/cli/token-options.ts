/** Where a device's token comes from. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { TokenSource } from '../device/token.ts';
import { reasonOf, usageError } from './cli-error.ts';

/** The three ways to give one. */
export interface TokenOptions {
  /** The token itself. */
  readonly token?: string | undefined;
  /** A file that holds it, read at every request: something else renews it. */
  readonly tokenFile?: string | undefined;
  /** A shell command that prints it, run again shortly before the token expires. */
  readonly tokenCommand?: string | undefined;
}

/** A token is asked for anew this long before it expires. */
const RENEW_MS = 60_000;

/**
 * Turns options into a source the library asks before each request.
 *
 * @throws {@link CliError} `token-missing`.
 */
export function tokenSource({ token, tokenFile, tokenCommand }: TokenOptions): TokenSource {
  if (tokenCommand !== undefined) return cached(() => runCommand(tokenCommand));
  if (tokenFile !== undefined) return () => readToken(tokenFile);
  // An unset variable of a shell arrives as an empty text.
  if (token !== undefined && token !== '') return token;
  throw usageError(
    'No token to show the coordinator; give --token-command, --token-file or TRIBUTARY_TOKEN',
    'token-missing',
  );
}

async function readToken(path: string): Promise<string> {
  const token = await readTokenText(path);
  if (token !== '') return token;
  throw usageError(
    `Token file ${path} is empty; write a token into it, or correct --token-file`,
    'token-unavailable',
  );
}

async function readTokenText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw usageError(
      `Token file ${path} can't be read (${reasonOf(cause)}); correct --token-file`,
      'token-unavailable',
      cause,
    );
  }
}

/** What the command prints is secret: it is in no message. */
async function runCommand(command: string): Promise<string> {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [exitCode]] = await Promise.all([
    text(child.stdout),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  if (exitCode === 0 && printed.trim() !== '') return printed.trim();
  const why = exitCode === 0 ? 'printed nothing' : `ended with exit code ${exitCode}`;
  throw usageError(
    `The token command ${why}; correct --token-command so that it prints one token`,
    'token-unavailable',
  );
}

/**
 * Keeps a token as long as it says it is valid, or until it is refused: this machine's clock may be
 * wrong. One that says nothing is asked for every time.
 */
function cached(ask: () => Promise<string>): (refused?: string) => Promise<string> {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return async (refused) => {
    const isGood = kept !== undefined && kept.token !== refused && Date.now() < kept.untilMs;
    if (kept !== undefined && isGood) return kept.token;
    const token = await ask();
    kept = { token, untilMs: untilMs(token) };
    return token;
  };
}

/** When to ask for another token, by this machine's clock; one just issued is good for its lifetime. */
function untilMs(token: string): number {
  const { exp, iat } = claimsOf(token);
  if (typeof exp !== 'number') return 0;
  const isClockAhead = Date.now() >= exp * 1000 && typeof iat === 'number';
  const expiresAt = isClockAhead ? Date.now() + (exp - iat) * 1000 : exp * 1000;
  return expiresAt - RENEW_MS;
}

function claimsOf(token: string): { readonly exp?: unknown; readonly iat?: unknown } {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const claims: unknown = JSON.parse(payload);
    return typeof claims === 'object' && claims !== null ? claims : {};
  } catch {
    return {};
  }
}
