import { DeploymentError } from './errors.ts';

/**
 * SHA-256 by WebCrypto, as 64 lower-case hex digits.
 *
 * @throws {@link DeploymentError} `web-crypto-missing`.
 */
export async function sha256Hex(bytes: Uint8Array): Promise<string> {
  assertWebCrypto();
  // A view on a SharedArrayBuffer can't be hashed; none is ever made here.
  const digest = await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Checks that digests can be computed, before any work is done that would need them.
 *
 * @throws {@link DeploymentError} `web-crypto-missing`: browsers have WebCrypto in secure contexts only.
 * @see https://developer.mozilla.org/en-US/docs/Web/Security/Secure_Contexts
 */
export function assertWebCrypto(): void {
  if (typeof globalThis.crypto?.subtle?.digest === 'function') return;
  throw new DeploymentError(
    'No SHA-256 here: crypto.subtle is missing, which browsers have in secure contexts only; serve the page by https or from localhost (in React Native install a polyfill such as react-native-quick-crypto)',
    { code: 'web-crypto-missing' },
  );
}
