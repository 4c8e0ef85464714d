import {
  RoundAbortedError,
  type RoundId,
  type SealMember,
  type SealObject,
  updateKey,
} from '@tributary/client/protocol';
import type { ContributionOutcome, ExactSum } from '../aggregation/exact-sum.ts';
import type { ElementRange } from '../planning/grid.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { mapConcurrently } from './map-concurrently.ts';

/**
 * Elements of one block: 4 MiB of f32. A smaller range GET costs more in requests than it saves in
 * time, a larger one more memory than it saves in requests.
 */
export const BLOCK_ELEMENTS: number = 1024 * 1024;

/** Members whose blocks are held at once; the next as many are on their way while these are folded. */
const MEMBERS_IN_FLIGHT = 8;

const FLOAT_BYTES = 4;

/** A seal's member with the seal it stands in. */
export interface SealedMember {
  readonly seal: SealObject;
  readonly member: SealMember;
}

/** What a block of one member was: added, or not fit to be. */
export interface MemberBlock {
  readonly sealed: SealedMember;
  readonly outcome: ContributionOutcome;
}

export interface FoldInput {
  readonly store: ObjectStore;
  /** Sums of the shard; its element 0 is the shard's first. */
  readonly sum: ExactSum;
  readonly shard: ElementRange;
  /** 1 adds the members, −1 takes exactly that back. */
  readonly sign: 1 | -1;
}

/** Cuts a range of elements into blocks. */
export function blocksOf({ begin, end }: ElementRange): ElementRange[] {
  const count = Math.ceil((end - begin) / BLOCK_ELEMENTS);
  return Array.from({ length: count }, (_, index) => ({
    begin: begin + index * BLOCK_ELEMENTS,
    end: Math.min(end, begin + (index + 1) * BLOCK_ELEMENTS),
  }));
}

/**
 * Adds (or takes back) one block of every member, a bounded number in memory at once, reading ahead
 * while folding.
 *
 * @throws {@link RoundAbortedError} `member-lost` when a member is gone or changed.
 */
async function foldBlock(
  { store, sum, shard, sign }: FoldInput,
  block: ElementRange,
  members: readonly SealedMember[],
): Promise<MemberBlock[]> {
  const results: MemberBlock[] = [];
  const batches = chunked(members, MEMBERS_IN_FLIGHT);
  let ahead = readBatch(store, block, batches[0] ?? []);
  for (const [index, batch] of batches.entries()) {
    const bodies = await ahead;
    ahead = readBatch(store, block, batches[index + 1] ?? []);
    // The read ahead may fail while this batch is folded; its rejection is met at the next await.
    ahead.catch(() => undefined);
    const outcomes = sum.add(
      block.begin - shard.begin,
      batch.map(({ member }, at) => ({
        bytes: bodies[at] ?? new Uint8Array(0),
        weight: sign * member.weight,
      })),
    );
    for (const [at, sealed] of batch.entries()) {
      results.push({ sealed, outcome: outcomes[at] ?? 'non-finite' });
    }
  }
  return results;
}

function readBatch(
  store: ObjectStore,
  block: ElementRange,
  batch: readonly SealedMember[],
): Promise<Uint8Array[]> {
  return mapConcurrently(batch, MEMBERS_IN_FLIGHT, (sealed) => readBlock(store, block, sealed));
}

async function readBlock(
  store: ObjectStore,
  { begin, end }: ElementRange,
  { seal, member }: SealedMember,
): Promise<Uint8Array> {
  const key = updateKey({ ...roundOf(seal), group: seal.group, device: member.device });
  const bytes = await store.getRange(
    { key, etag: member.etag, bytes: member.bytes },
    {
      begin: member.dataOffset + begin * FLOAT_BYTES,
      end: member.dataOffset + end * FLOAT_BYTES,
    },
  );
  if (bytes?.length === (end - begin) * FLOAT_BYTES) return bytes;
  throw new RoundAbortedError(
    `Update ${key} is sealed with ETag ${member.etag}, but ${bytes === undefined ? 'is gone or changed' : `only ${bytes.length} bytes of elements ${begin} to ${end} are there`}; the round is aborted, start another`,
    { code: 'member-lost' },
  );
}

function roundOf({ model, round }: SealObject): RoundId {
  return { model, round };
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** What came of folding a whole shard. */
export interface FoldedShard {
  /** In seal order. */
  readonly folded: readonly SealedMember[];
  /** In seal order; these added nothing. */
  readonly excluded: readonly ExcludedMember[];
}

export interface ExcludedMember {
  readonly sealed: SealedMember;
  readonly code: Exclude<ContributionOutcome, 'added'>;
}

/**
 * Folds every block of a shard. A member with a bad number anywhere adds nothing at all: what its
 * earlier blocks added is taken back exactly.
 */
export async function foldShard(
  input: FoldInput,
  members: readonly SealedMember[],
): Promise<FoldedShard> {
  const excluded = new Map<SealedMember, ExcludedMember>();
  const done: ElementRange[] = [];
  for (const block of blocksOf(input.shard)) {
    const active = members.filter((sealed) => !excluded.has(sealed));
    const refused = (await foldBlock(input, block, active)).flatMap(({ sealed, outcome }) =>
      outcome === 'added' ? [] : [{ sealed, code: outcome }],
    );
    for (const exclusion of refused) excluded.set(exclusion.sealed, exclusion);
    const taken = refused.map(({ sealed }) => sealed);
    await retract(input, done, taken);
    done.push(block);
  }
  return {
    folded: members.filter((sealed) => !excluded.has(sealed)),
    excluded: members.flatMap((sealed) => excluded.get(sealed) ?? []),
  };
}

/** Takes back exactly what members added in some blocks. */
export async function retract(
  input: FoldInput,
  blocks: readonly ElementRange[],
  members: readonly SealedMember[],
): Promise<void> {
  for (const block of members.length === 0 ? [] : blocks) {
    await foldBlock({ ...input, sign: input.sign === 1 ? -1 : 1 }, block, members);
  }
}
