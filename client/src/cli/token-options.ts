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
  if (token !== undefined) return token;
  throw usageError(
    'No token to show the coordinator; give --token-command, --token-file or TRIBUTARY_TOKEN',
    'token-missing',
  );
}

async function readToken(path: string): Promise<string> {
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

/** Keeps a token as long as it says it is valid; one that says nothing is asked for every time. */
function cached(ask: () => Promise<string>): () => Promise<string> {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.token;
    const token = await ask();
    kept = { token, untilMs: expiryMs(token) - RENEW_MS };
    return token;
  };
}

/** `exp` of a JWT, in milliseconds since the epoch; 0 when it can't be read. */
function expiryMs(token: string): number {
  try {
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { exp } = JSON.parse(payload);
    return typeof exp === 'number' ? exp * 1000 : 0;
  } catch {
    return 0;
  }
}
