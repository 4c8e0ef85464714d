import { hkdfSync } from 'node:crypto';

/** Keys that must not be one: who learns one of them learns nothing of the other. */
export interface CoordinatorKeys {
  /** 32 bytes; turns subjects into pseudonyms. Changing the secret makes every device a new one. */
  readonly pseudonym: Uint8Array;
  /** 32 bytes; draws who is selected. */
  readonly sortition: Uint8Array;
}

/**
 * Derives the coordinator's keys from the deployment's secret, one label each.
 *
 * @see RFC 5869 (HKDF); no salt, because the secret is uniform and the derivation has to be repeatable.
 */
export function deriveKeys(secret: Uint8Array): CoordinatorKeys {
  return { pseudonym: derive(secret, 'pseudonym'), sortition: derive(secret, 'sortition') };
}

function derive(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', `tributary/1/${purpose}`, 32));
}
