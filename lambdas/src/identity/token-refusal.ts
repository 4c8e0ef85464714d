import { RequestRefusedError } from '@tributary/client/protocol';
import { errors } from 'jose';
import { keysUnavailable } from './remote-keys.ts';

/** Why a token is refused; each is answered with 401. */
export type TokenCode =
  | 'token-missing'
  | 'token-malformed'
  | 'token-signature'
  | 'token-algorithm'
  | 'token-issuer'
  | 'token-audience'
  | 'token-expired'
  | 'token-not-yet-valid'
  | 'token-unknown-key'
  | 'token-subject';

const MESSAGES: Readonly<Record<TokenCode, string>> = {
  'token-missing':
    'Request has no bearer token; send the header Authorization: Bearer <JWT of your identity provider>',
  'token-malformed':
    'Token is not a signed JWT with an expiry; get one from the identity provider and send it unchanged',
  'token-signature':
    "Token's signature does not fit the identity provider's key; get a new token and send it unchanged",
  'token-algorithm':
    'Token is signed with an algorithm that is not allowed; have the identity provider sign with RS256, ES256 or EdDSA',
  'token-issuer':
    "Token's issuer is not the one this federation trusts; get a token from the federation's identity provider",
  'token-audience':
    "Token's audience is not this federation; get a token whose aud (in Cognito mode: client_id of an access token) is the federation's",
  'token-expired': 'Token has expired; get a new one from the identity provider',
  'token-not-yet-valid':
    "Token is not valid yet; wait until its nbf, and check the identity provider's clock",
  'token-unknown-key':
    'Token is signed with a key that the identity provider does not publish; get a new token',
  'token-subject':
    'Token names no subject; have the identity provider put the device into the claim sub',
};

/** A refusal of a token; it never shows the token. */
export function tokenRefused(code: TokenCode, cause?: unknown): RequestRefusedError {
  return new RequestRefusedError(MESSAGES[code], { code, cause });
}

const CODES_BY_CLAIM: Readonly<Record<string, TokenCode>> = {
  iss: 'token-issuer',
  aud: 'token-audience',
  nbf: 'token-not-yet-valid',
};

/** Says why jose did not accept a token. What is nothing of the token's is the keys' fault. */
export function refusalOf(error: unknown): RequestRefusedError {
  if (error instanceof RequestRefusedError) return error;
  const code = codeOf(error);
  return code === undefined ? keysUnavailable(error) : tokenRefused(code, error);
}

function codeOf(error: unknown): TokenCode | undefined {
  if (error instanceof errors.JWTExpired) return 'token-expired';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'token-signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'token-algorithm';
  if (error instanceof errors.JWTClaimValidationFailed) {
    // A claim of the wrong type is malformed, whatever its name; one that is missing or differs has a code.
    return error.reason === 'invalid'
      ? 'token-malformed'
      : (CODES_BY_CLAIM[error.claim] ?? 'token-malformed');
  }
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return 'token-unknown-key';
  }
  const isMalformed =
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported;
  return isMalformed ? 'token-malformed' : undefined;
}
