import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';

/** Digest lengths in bytes of the checksums S3 verifies here. */
export const CHECKSUM_BYTES = { crc32: 4, crc32c: 4, sha1: 20, sha256: 32 } as const;

/** A checksum algorithm, as the last word of its `x-amz-checksum-*` header. */
export type ChecksumAlgorithm = keyof typeof CHECKSUM_BYTES;

/** A checksum as S3 keeps it. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64 of the digest, big-endian for the CRCs. */
  readonly value: string;
}

/** A digest in the making. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

/** True for the checksum algorithms served. */
export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return Object.hasOwn(CHECKSUM_BYTES, name);
}

/** Starts a digest of the given algorithm. */
export function startDigest(algorithm: ChecksumAlgorithm | 'md5'): RunningDigest {
  switch (algorithm) {
    case 'crc32':
      return startCrc((bytes, previous) => crc32(bytes, previous));
    case 'crc32c':
      return startCrc(crc32c);
    case 'md5':
    case 'sha1':
    case 'sha256': {
      const hash = createHash(algorithm);
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
    }
  }
}

function startCrc(continueCrc: (bytes: Uint8Array, previous: number) => number): RunningDigest {
  let value = 0;
  return {
    update: (bytes) => {
      value = continueCrc(bytes, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}
