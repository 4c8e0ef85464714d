import { createHash } from 'node:crypto';

/** SHA-256 of bytes; 32 bytes. */
export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** SHA-256 in lower-case hex, as the bucket's JSON holds it. */
export function sha256Hex(bytes: Uint8Array): string {
  return sha256(bytes).toString('hex');
}

/** S3's checksum header (base64) as lower-case hex. Inverse of {@link sha256Base64FromHex}. */
export function sha256HexFromBase64(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/** Lower-case hex as S3's checksum header (base64). */
export function sha256Base64FromHex(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
