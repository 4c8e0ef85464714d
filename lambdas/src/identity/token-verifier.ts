import type { TokenMode } from '@tributary/client/deployment';
import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Identity } from './pseudonym.ts';
import { refusalOf, tokenRefused } from './token-refusal.ts';

/** Asymmetric signatures only: with a shared secret, whoever can check a token can make one. */
const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];

/** Difference of clocks that is forgiven, in seconds; RFC 7519 §4.1.4 allows "a few minutes" at most. */
const CLOCK_LEEWAY_SECONDS = 60;

const BEARER = /^bearer +([^\s]+) *$/i;

export interface TokenVerifierOptions {
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly mode: TokenMode;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Finds out who sent a request, from its `Authorization` header. */
export type TokenVerifier = (authorization: string | undefined) => Promise<Identity>;

/**
 * Makes the verifier of devices' tokens.
 *
 * @throws (the returned function) `RequestRefusedError` with a {@link TokenCode} or `keys-unavailable`.
 * @see RFC 7519 §4.1 (claims), RFC 8725 (best practices), RFC 6750 §2.1 (the header)
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  return async (authorization) => {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) throw tokenRefused('token-missing');
    const claims = await verifiedClaims(token, options);
    if (options.mode === 'cognito' && !isCognitoAudience(claims, options.audience)) {
      throw tokenRefused('token-audience');
    }
    const subject: unknown = claims.sub;
    if (typeof subject !== 'string' || subject === '') throw tokenRefused('token-subject');
    return { issuer: options.issuer, subject };
  };
}

async function verifiedClaims(token: string, options: TokenVerifierOptions): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, options.keys, {
      algorithms: ALGORITHMS,
      issuer: options.issuer,
      ...(options.mode === 'audience' ? { audience: options.audience } : {}),
      clockTolerance: CLOCK_LEEWAY_SECONDS,
      currentDate: new Date(options.now()),
      requiredClaims: ['exp'],
    });
    return payload;
  } catch (error) {
    throw refusalOf(error);
  }
}

/**
 * Cognito's access tokens name their client instead of an audience; a token that does have `aud` is
 * bound to it. Its ID tokens tell an app who signed in and are no leave to call anybody.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
 */
function isCognitoAudience(claims: JWTPayload, audience: string): boolean {
  const use = claims['token_use'];
  if (claims.aud === undefined) return use === 'access' && claims['client_id'] === audience;
  const isOurs = [claims.aud].flat().includes(audience);
  return isOurs && (use === undefined || use === 'access');
}
