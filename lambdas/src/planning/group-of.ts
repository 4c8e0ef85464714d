import { createHash } from 'node:crypto';

/**
 * The group that seals a device's update: the first four bytes of its pseudonym's SHA-256, big-endian,
 * modulo the number of groups.
 *
 * @param device - Pseudonym, 43 characters of base64url.
 * @param groups - Groups of the round; ≥ 1.
 * @returns 0 … groups − 1.
 */
export function groupOf(device: string, groups: number): number {
  return createHash('sha256').update(device).digest().readUInt32BE(0) % groups;
}
