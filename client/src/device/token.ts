import { DeploymentError, TributaryError } from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';

/**
 * A device's bearer token (JWT), or a function asked for one before each request. After a token was
 * refused as expired the function is asked again, with that token.
 */
export type TokenSource = string | ((refused?: string) => string | Promise<string>);

/**
 * The current token.
 *
 * @param refused - The last one, if it was refused as expired. @default none was
 * @throws {@link DeploymentError} `token-missing` when there is none, `token-malformed` when no header can
 * carry it, `token-failed` with the cause when
 * its function throws; a {@link TributaryError} of that function as it is.
 */
export async function currentToken(
  source: TokenSource | undefined,
  refused?: string,
): Promise<string> {
  const token = typeof source === 'function' ? await ask(() => source(refused)) : source;
  if (typeof token === 'string' && token !== '') return checkedToken(token);
  throw new DeploymentError(
    'No token to show; pass token to the Federation or the LambdaWorker, a JWT or a function that returns one',
    { code: 'token-missing' },
  );
}

/** A token with a space or a line break in it can't travel; the text itself is never repeated. */
function checkedToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new DeploymentError(
    'The token holds white space or characters other than ASCII, expected a JWT as it was issued; cut off line breaks and quotes',
    { code: 'token-malformed' },
  );
}

async function ask(source: () => string | Promise<string>): Promise<string> {
  try {
    return await source();
  } catch (cause) {
    if (cause instanceof TributaryError) throw cause;
    // The message may quote the token or a password.
    const kind = cause instanceof Error ? cause.name : typeof cause;
    throw new DeploymentError(
      `The function given as token failed (${kind}); see the cause and correct it`,
      { code: 'token-failed', cause },
    );
  }
}

/**
 * The `sub` of a readable JWT, unverified: only the coordinator can verify it. `undefined` when the
 * token is no JWT or has no subject.
 */
export function tokenSubject(token: string): string | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const base64 = payload.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims !== 'object' || claims === null || !hasOwn(claims, 'sub')) return undefined;
    return typeof claims.sub === 'string' ? claims.sub : undefined;
  } catch {
    return undefined;
  }
}
