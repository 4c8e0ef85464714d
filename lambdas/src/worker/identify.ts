import { CommandError, DeploymentError } from '@tributary/client/protocol';
import { deriveKeys } from '../identity/derive-keys.ts';
import { pseudonymOf } from '../identity/pseudonym.ts';
import { createRemoteKeys } from '../identity/remote-keys.ts';
import { tokenRefused } from '../identity/token-refusal.ts';
import { createTokenVerifier } from '../identity/token-verifier.ts';
import type { IdentitySettings } from '../settings.ts';

/** Owner of what callers without a token make: IAM let them invoke the function. */
const OPERATOR = 'operator';

/** Who callers are. */
export interface Identities {
  /**
   * Whose batch it is, by the token in it alone.
   *
   * @throws `RequestRefusedError` with a code of tokens; {@link DeploymentError} `identity-missing`
   * for a token that nobody can check.
   */
  callerOf(event: unknown): Promise<string>;
  /** The owner that a user's name stands for. @throws {@link CommandError} `users-unknown` */
  ownerOf(user: string): string;
}

/** Callers as devices are: by the tokens of an identity provider. */
export function tokenIdentities(
  { secret, issuer, audience, jwksUrl, tokenMode: mode }: IdentitySettings,
  now: () => number,
): Identities {
  const key = deriveKeys(secret).pseudonym;
  const keys = createRemoteKeys({ url: jwksUrl, now });
  const verify = createTokenVerifier({ keys, issuer, audience, mode, now });
  return {
    callerOf: async (event) => {
      const token = tokenOf(event);
      if (token === undefined) return OPERATOR;
      // What is no text, or has spaces, is no token.
      if (typeof token !== 'string' || !/^\S+$/.test(token)) throw tokenRefused('token-malformed');
      return pseudonymOf(key, await verify(`Bearer ${token}`));
    },
    ownerOf: (subject) => pseudonymOf(key, { issuer, subject }),
  };
}

/** One caller, whom IAM knows. */
export const OPERATOR_ALONE: Identities = {
  callerOf: async (event) => {
    if (tokenOf(event) === undefined) return OPERATOR;
    throw new DeploymentError(
      'The batch has a token, and the worker was given no identity provider to check it with; deploy it with one, or send none',
      { code: 'identity-missing' },
    );
  },
  ownerOf: () => {
    throw new CommandError(
      'The worker was given no identity provider, so it knows no users to allow anything; deploy it with one',
      { code: 'users-unknown' },
    );
  },
};

function tokenOf(event: unknown): unknown {
  return typeof event === 'object' && event !== null && Object.hasOwn(event, 'token')
    ? (event as { readonly token?: unknown }).token
    : undefined;
}
