/** What rounds leave in the bucket, written by hand. */
import type {
  AbortedResult,
  PublishedResult,
  RoundObject,
  SealMember,
  SealObject,
} from '@tributary/client/protocol';
import { MODEL, OPENED_AT } from '../../support/federation.ts';
import type { TestCoordinator } from './coordinator.ts';

const DIGEST = '0'.repeat(64);

export function member(device: string, sha256: string): SealMember {
  return {
    device,
    etag: '"1"',
    sha256,
    bytes: 100,
    dataOffset: 92,
    exampleCount: 5,
    weight: 5,
    metrics: {},
  };
}

export function sealOf(round: number, fields: Partial<SealObject>): SealObject {
  return {
    schema: 1,
    model: MODEL,
    round,
    group: 0,
    seal: 0,
    final: true,
    sealedAt: OPENED_AT,
    members: [],
    rejected: [],
    surplus: [],
    ...fields,
  };
}

export function published(round: number, fields: Partial<PublishedResult> = {}): PublishedResult {
  return {
    schema: 1,
    kind: 'published',
    model: MODEL,
    round,
    requestId: 'publish',
    finishedAt: OPENED_AT,
    stop: false,
    rejected: [],
    rejectedCounts: {},
    excluded: [],
    version: round,
    files: [{ name: 'model.safetensors', bytes: 100, sha256: DIGEST }],
    baseVersion: 0,
    included: 1,
    surplus: 0,
    exampleCount: 5,
    trainingMetrics: {},
    conservation: {
      sealed: 1,
      included: 1,
      rejectedAtHeader: 0,
      rejectedInFold: 0,
      surplus: 0,
      membersDigest: DIGEST,
      totalWeight: 5,
    },
    ...fields,
  };
}

export function aborted(round: number, fields: Partial<AbortedResult> = {}): AbortedResult {
  return {
    schema: 1,
    kind: 'aborted',
    model: MODEL,
    round,
    requestId: 'abort',
    finishedAt: OPENED_AT,
    stop: false,
    rejected: [],
    rejectedCounts: {},
    excluded: [],
    reason: 'too-few-updates',
    message: 'Too few',
    version: 0,
    ...fields,
  };
}

export async function close({ records }: TestCoordinator, round = 1): Promise<void> {
  await records.writeClose(
    { model: MODEL, round },
    { schema: 1, reason: 'goal', requestId: 'close', closedAt: OPENED_AT, stop: false },
  );
}

/** Opens a later round as the first was opened, with any field of it overridden. */
export async function openNext(
  { records }: TestCoordinator,
  first: RoundObject,
  fields: Partial<RoundObject>,
): Promise<RoundObject> {
  const { value } = await records.writeRound({ ...first, requestId: 'next', ...fields });
  return value;
}
