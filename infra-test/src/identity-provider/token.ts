import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import type { SigningKey } from './signing-key.ts';

/** Life of a token unless told otherwise: an hour, as most providers have it. */
const TOKEN_SECONDS = 3600;

/** What one token says. */
export interface TokenOptions {
  /** Who the device is. */
  readonly subject: string;
  /** Seconds until the token expires; negative for one that already has. @default 3600 */
  readonly expiresInSeconds?: number;
  /** Seconds until the token is valid; absent for no `nbf`. */
  readonly notBeforeInSeconds?: number;
  /** @default The provider's audience; `null` leaves `aud` out. */
  readonly audience?: string | readonly string[] | null;
  /** @default The provider's issuer. */
  readonly issuer?: string;
  /** Further claims. */
  readonly claims?: JWTPayload;
}

/** Whoever signs devices' tokens. */
export interface TokenIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** Signs a token, ES256. */
  token(options: TokenOptions): Promise<string>;
}

/** What another process needs to sign in an issuer's name; as secret as the key in it. */
export interface ExportedIssuer extends Omit<TokenIssuer, 'token'> {
  readonly privateJwk: JWK;
}

/** Signs in the name of an issuer that publishes its keys elsewhere. */
export async function importIssuer(exported: ExportedIssuer): Promise<TokenIssuer> {
  const { issuer, audience, jwksUrl, privateJwk } = exported;
  const privateKey = await importJWK(privateJwk, 'ES256');
  if (privateKey instanceof Uint8Array) throw new Error('The key is no elliptic-curve key');
  const key = { kid: privateJwk.kid ?? '', privateKey };
  return {
    issuer,
    audience,
    jwksUrl,
    token: (options) => sign(key, { issuer, audience, ...options }),
  };
}

/** Signs one token. */
export function sign(
  key: Pick<SigningKey, 'kid' | 'privateKey'>,
  options: TokenOptions & { readonly issuer: string },
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const { audience, notBeforeInSeconds } = options;
  const token = new SignJWT({ ...options.claims })
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'JWT' })
    .setIssuer(options.issuer)
    .setSubject(options.subject)
    .setIssuedAt(now)
    .setExpirationTime(now + (options.expiresInSeconds ?? TOKEN_SECONDS));
  if (typeof audience === 'string') token.setAudience(audience);
  else if (audience) token.setAudience([...audience]);
  if (notBeforeInSeconds !== undefined) token.setNotBefore(now + notBeforeInSeconds);
  return token.sign(key.privateKey);
}
