import { DeploymentError } from '@tributary/client/protocol';
import type { ExactSum } from '../aggregation/exact-sum.ts';
import type { ElementRange } from '../planning/grid.ts';
import type { ByteRange, ObjectStore } from '../storage/object-store.ts';
import { assertWeighs, blocksOf, retract } from './members.ts';
import type { Inclusion, ReadPartial } from './partials.ts';

const INT64_BYTES = 8;

export interface SumPartialsInput {
  readonly store: ObjectStore;
  /** Of one shard; empty on entry. */
  readonly sum: ExactSum;
  /** Every partial of that shard. */
  readonly partials: readonly ReadPartial[];
  readonly shard: ElementRange;
  readonly inclusion: Inclusion;
}

/**
 * Adds a shard's partials and takes back what members excluded in other shards added in this one.
 *
 * @throws {@link DeploymentError} `partial-lost`; `conservation` when the sum holds another weight than
 * the included members have.
 * @throws {@link RoundAbortedError} `member-lost` when a member to be taken back is gone or changed.
 */
export async function sumPartials(input: SumPartialsInput): Promise<void> {
  for (const partial of input.partials) {
    await addPartial(input, partial);
    await leaveOut(input, partial);
  }
  assertWeighs(input.sum, input.inclusion.totalWeight, 'Merge');
}

async function addPartial({ store, sum }: SumPartialsInput, partial: ReadPartial): Promise<void> {
  const { dataOffset, witnessesOffset, pin } = partial;
  const witnesses = await read(store, partial, { begin: witnessesOffset, end: pin.bytes });
  for (const { begin, end } of blocksOf({ begin: 0, end: sum.elementCount })) {
    const sums = await read(store, partial, {
      begin: dataOffset + begin * INT64_BYTES,
      end: dataOffset + end * INT64_BYTES,
    });
    sum.addSums(begin, { sums, witnesses });
  }
}

async function read(
  store: ObjectStore,
  { pin }: ReadPartial,
  range: ByteRange,
): Promise<Uint8Array> {
  const bytes = await store.getRange(pin, range);
  if (bytes?.length === range.end - range.begin) return bytes;
  throw new DeploymentError(
    `Partial ${pin.key} changed or vanished while it was merged; partials are write-once, look for a writer or a lifecycle rule that is too short`,
    { code: 'partial-lost' },
  );
}

async function leaveOut(
  { store, sum, shard, inclusion }: SumPartialsInput,
  { record, seal }: ReadPartial,
): Promise<void> {
  const excludedHere = new Set(record.excluded.map(({ device }) => device));
  const elsewhere = seal.members
    .filter(({ device }) => inclusion.excluded.has(device) && !excludedHere.has(device))
    .map((member) => ({ seal, member }));
  await retract({ store, sum, shard, sign: 1 }, blocksOf(shard), elsewhere);
}
