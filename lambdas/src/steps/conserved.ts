import { DeploymentError, type PartialRecord, type SealObject } from '@tributary/client/protocol';
import type { ElementRange } from '../planning/grid.ts';
import { membersDigest } from './members-digest.ts';
import { shardOf } from './shard-sum.ts';
import type { OpenRound } from './step.ts';

/** Bytes of one element of an update. */
const FLOAT_BYTES = 4;

/** A partial's record and what it is held against. */
export interface PartialClaim {
  /** For messages. */
  readonly key: string;
  readonly record: PartialRecord;
  readonly seal: SealObject;
  readonly shard: number;
}

/**
 * Holds what was folded against what was sealed, less what the partial excludes.
 *
 * @throws {@link DeploymentError} `conservation` when they differ.
 */
export function assertConserved(open: OpenRound, { key, record, seal, shard }: PartialClaim): void {
  const expected = expectedOf(seal, record, shardOf(open, shard));
  const isConserved =
    record.arithmeticVersion === open.round.arithmeticVersion &&
    record.fractionBits === open.round.fractionBits &&
    record.count === expected.count &&
    record.count + record.excluded.length === seal.members.length &&
    record.weight === expected.weight &&
    record.bytes === expected.bytes &&
    record.digest === expected.digest;
  if (isConserved) return;
  throw new DeploymentError(
    `Partial ${key} folded ${record.bytes} bytes of ${record.count} members of weight ${record.weight}, its seal has ${expected.bytes} bytes of ${expected.count} of weight ${expected.weight} after exclusions; nothing is published, compare the versions of the functions that ran`,
    { code: 'conservation' },
  );
}

function expectedOf(
  seal: SealObject,
  { excluded }: PartialRecord,
  { begin, end }: ElementRange,
): Pick<PartialRecord, 'count' | 'weight' | 'bytes' | 'digest'> {
  const out = new Set(excluded.map(({ device }) => device));
  const members = seal.members.filter(({ device }) => !out.has(device));
  return {
    count: members.length,
    weight: members.reduce((total, { weight }) => total + weight, 0),
    bytes: members.length * (end - begin) * FLOAT_BYTES,
    digest: membersDigest(members),
  };
}
