import { createHash } from 'node:crypto';
import type { SealMember } from '@tributary/client/protocol';

/** SHA-256 in hex over (device, ETag, weight) of members, in the order given. */
export function membersDigest(members: Iterable<SealMember>): string {
  const hash = createHash('sha256');
  for (const { device, etag, weight } of members) hash.update(`${device} ${etag} ${weight}\n`);
  return hash.digest('hex');
}
