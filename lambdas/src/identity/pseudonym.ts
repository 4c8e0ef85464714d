import { createHmac } from 'node:crypto';

/** Who a token is about: a subject means nothing without the issuer that named it. */
export interface Identity {
  readonly issuer: string;
  readonly subject: string;
}

/**
 * The name a device has in keys and objects. Subjects are strangers' strings, often personal data; the
 * pseudonym can't be turned back without the key.
 *
 * @param key - Secret, 32 bytes.
 * @returns 43 characters of base64url.
 */
export function pseudonymOf(key: Uint8Array, { issuer, subject }: Identity): string {
  // JSON tells (a, bc) from (ab, c), and escapes lone surrogates, which UTF-8 would make equal.
  return createHmac('sha256', key)
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url');
}
