import {
  DeploymentError,
  RoundAbortedError,
  type RoundId,
  type SealMember,
  type SealObject,
  type TrainingPlan,
  updateKey,
} from '@tributary/client/protocol';
import type { ContributionOutcome, ExactSum } from '../aggregation/exact-sum.ts';
import type { ElementRange } from '../planning/grid.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type FoldedMembers, FoldLedger } from './fold-ledger.ts';
import { locateFault } from './locate-fault.ts';
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
interface MemberBlock {
  readonly sealed: SealedMember;
  readonly outcome: ContributionOutcome;
  readonly bytes: number;
  /** First value that is not fit to be added, an element of the flattened update. */
  readonly element?: number | undefined;
}

export interface FoldInput {
  readonly store: ObjectStore;
  /** Sums of the shard; its element 0 is the shard's first. */
  readonly sum: ExactSum;
  readonly shard: ElementRange;
  /** 1 adds the members, −1 takes exactly that back. */
  readonly sign: 1 | -1;
  /** Tells which value of a refused member is bad; without it none is looked for. */
  readonly plan?: TrainingPlan | undefined;
}

/** Cuts a range of elements into blocks; an empty range is one empty block. */
export function blocksOf({ begin, end }: ElementRange): ElementRange[] {
  const count = Math.max(1, Math.ceil((end - begin) / BLOCK_ELEMENTS));
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
  { store, sum, shard, sign, plan }: FoldInput,
  block: ElementRange,
  members: readonly SealedMember[],
): Promise<MemberBlock[]> {
  const results: MemberBlock[] = [];
  const batches = chunked(members, MEMBERS_IN_FLIGHT);
  let ahead = readBatch(store, block, batches[0] ?? []);
  for (const index of batches.keys()) {
    const bodies = await ahead;
    ahead = readBatch(store, block, batches[index + 1] ?? []);
    // The read ahead may fail while this batch is folded; its rejection is met at the next await.
    ahead.catch(() => undefined);
    const contributions = bodies.map(({ sealed, bytes }) => ({
      bytes,
      weight: sign * sealed.member.weight,
    }));
    const outcomes = sum.add(block.begin - shard.begin, contributions);
    for (const [at, outcome] of outcomes.entries()) {
      const { sealed, bytes } = bodies[at] as MemberBytes;
      const element =
        outcome === 'added' || plan === undefined
          ? undefined
          : locateFault(plan, { begin: block.begin, bytes, code: outcome });
      results.push({ sealed, outcome, bytes: bytes.length, element });
    }
  }
  return results;
}

/** One block of one member's update. */
interface MemberBytes {
  readonly sealed: SealedMember;
  readonly bytes: Uint8Array;
}

function readBatch(
  store: ObjectStore,
  block: ElementRange,
  batch: readonly SealedMember[],
): Promise<MemberBytes[]> {
  return mapConcurrently(batch, MEMBERS_IN_FLIGHT, (sealed) => readBlock(store, block, sealed));
}

async function readBlock(
  store: ObjectStore,
  { begin, end }: ElementRange,
  sealed: SealedMember,
): Promise<MemberBytes> {
  const { seal, member } = sealed;
  const key = updateKey({ ...roundOf(seal), group: seal.group, device: member.device });
  const bytes = await store.getRange(
    { key, etag: member.etag, bytes: member.bytes },
    {
      begin: member.dataOffset + begin * FLOAT_BYTES,
      end: member.dataOffset + end * FLOAT_BYTES,
    },
  );
  if (bytes?.length === (end - begin) * FLOAT_BYTES) return { sealed, bytes };
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
export interface FoldedShard extends FoldedMembers {
  /** In seal order; these added nothing. */
  readonly excluded: readonly ExcludedMember[];
}

export interface ExcludedMember {
  readonly sealed: SealedMember;
  readonly code: Exclude<ContributionOutcome, 'added'>;
  /** First value of this shard that is not fit to be added, an element of the flattened update. */
  readonly element?: number | undefined;
}

/**
 * Folds every block of a shard. A member with a bad number anywhere adds nothing at all: what its
 * earlier blocks added is taken back exactly.
 *
 * @throws {@link DeploymentError} `conservation` when blocks hold different members, or the sum's
 * witnesses another weight than was noted.
 */
export async function foldShard(
  input: FoldInput,
  members: readonly SealedMember[],
): Promise<FoldedShard> {
  const ledger = new FoldLedger();
  const excluded = new Map<SealedMember, ExcludedMember>();
  const done: ElementRange[] = [];
  for (const block of blocksOf(input.shard)) {
    const active = members.filter((sealed) => !excluded.has(sealed));
    const refused: SealedMember[] = [];
    for (const { sealed, outcome, bytes, element } of await foldBlock(input, block, active)) {
      if (outcome === 'added') {
        ledger.added({ block: block.begin, member: sealed.member, bytes });
      } else {
        excluded.set(sealed, { sealed, code: outcome, element });
        refused.push(sealed);
      }
    }
    for (const { block: begin, sealed, bytes } of await retract(input, done, refused)) {
      ledger.takenBack({ block: begin, member: sealed.member, bytes });
    }
    done.push(block);
  }
  const folded = ledger.close(done.map(({ begin }) => begin));
  assertWeighs(input.sum, folded.weight, 'Shard');
  return { ...folded, excluded: members.flatMap((sealed) => excluded.get(sealed) ?? []) };
}

/** One block of one member, taken back; `block` is its first element. */
interface RetractedBlock extends MemberBlock {
  readonly block: number;
}

/** Takes back exactly what members added in some blocks. */
export async function retract(
  input: FoldInput,
  blocks: readonly ElementRange[],
  members: readonly SealedMember[],
): Promise<RetractedBlock[]> {
  const retracted: RetractedBlock[] = [];
  for (const block of members.length === 0 ? [] : blocks) {
    const results = await foldBlock({ ...input, sign: -input.sign as 1 | -1 }, block, members);
    retracted.push(...results.map((result) => ({ ...result, block: block.begin })));
  }
  return retracted;
}

/**
 * Holds what a sum's witnesses say against what it is believed to hold.
 *
 * @throws {@link DeploymentError} `conservation`.
 */
export function assertWeighs(sum: ExactSum, totalWeight: number, what: string): void {
  if (sum.weighs(totalWeight)) return;
  throw new DeploymentError(
    `${what} was given updates of weight ${totalWeight}, but some block of its sum holds another; nothing is written, look for a fault of the fold or of the merge`,
    { code: 'conservation' },
  );
}
