import { RequestRefusedError } from '@tributary/client/protocol';
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';

/** Life of a fetched key set: a key withdrawn by its issuer is refused at most this much later. */
const KEY_SET_AGE_MAX_MS = 10 * 60_000;

/** Longest wait for the key set, well within the function's own timeout. */
const FETCH_TIMEOUT_MS = 5_000;

/**
 * Fetches that unknown key ids may cause in a window. One serves a rotation; the rest is for a rotation
 * during an attack. More would let anybody make this function hammer the issuer with invented ids.
 */
const REFETCHES_MAX = 3;
const REFETCH_WINDOW_MS = 60_000;

export interface RemoteKeysOptions {
  readonly url: URL;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * The issuer's keys, fetched when first needed and kept by the warm function. A token with a new key id
 * has them fetched again, so that a rotation needs no restart.
 *
 * @throws (the returned function) `keys-unavailable` as {@link RequestRefusedError}; jose's
 * `JWKSNoMatchingKey` and `JWKSMultipleMatchingKeys`.
 * @see RFC 7517 (JSON Web Key)
 */
export function createRemoteKeys({ url, now }: RemoteKeysOptions): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: KEY_SET_AGE_MAX_MS,
    // jose's own cool-down would refuse a key rotated in shortly after a cold start.
    cooldownDuration: Number.POSITIVE_INFINITY,
  });
  const mayRefetch = createAllowance(now);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw asKeysError(error);
      if (!mayRefetch()) throw error;
    }
    try {
      await keys.reload();
      return await keys(header, token);
    } catch (error) {
      throw asKeysError(error);
    }
  };
}

/** Says yes a bounded number of times in any window. */
function createAllowance(now: () => number): () => boolean {
  let granted: number[] = [];
  return () => {
    granted = granted.filter((time) => now() - time < REFETCH_WINDOW_MS);
    if (granted.length >= REFETCHES_MAX) return false;
    granted.push(now());
    return true;
  };
}

/** What the token is to blame for stays as it is; all else is the issuer or the way to it. */
function asKeysError(error: unknown): unknown {
  const isTokensFault =
    error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
  return isTokensFault ? error : keysUnavailable(error);
}

/** The issuer's keys can't be had or used just now; the token may well be good. */
export function keysUnavailable(cause: unknown): RequestRefusedError {
  return new RequestRefusedError(
    "The identity provider's keys can't be fetched or used just now, so no token can be checked; try again shortly",
    { code: 'keys-unavailable', detail: { retryAfterSeconds: 5 }, cause },
  );
}
