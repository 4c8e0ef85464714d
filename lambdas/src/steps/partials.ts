import {
  type Exclusion,
  PARTIAL_HEADER_BYTES_MAX,
  type PartialHeader,
  parsePartialHeader,
  partialKey,
  type SealMember,
  type SealObject,
} from '@tributary/client/protocol';
import { foldTasks } from '../planning/due-tasks.ts';
import type { ObjectPin, ObjectStore } from '../storage/object-store.ts';
import { assertConserved } from './conserved.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { OpenRound, StepContext } from './step.ts';

/** Partials whose headers are read at once. */
const IN_FLIGHT_MAX = 16;

/** A partial's file, but for its numbers. */
interface PartialFile extends PartialHeader {
  readonly pin: ObjectPin;
}

/** One partial with what it says of itself. */
export interface ReadPartial extends PartialFile {
  readonly seal: SealObject;
  readonly shard: number;
}

/**
 * Reads the record of every partial of a round and holds it against its seal: what was folded must be
 * what was sealed, less what the partial excludes.
 *
 * @returns `undefined` while one is missing.
 * @throws {@link DeploymentError} `conservation` when a partial disagrees with its seal.
 */
export async function readPartials(
  { records: { store } }: StepContext,
  open: OpenRound,
  seals: readonly SealObject[],
): Promise<ReadPartial[] | undefined> {
  const tasks = foldTasks(open.round, seals);
  const partials = await mapConcurrently(tasks, IN_FLIGHT_MAX, async (task) => {
    const seal = seals.find(({ group, seal: n }) => group === task.group && n === task.seal);
    const read = await readPartial(store, partialKey(task));
    if (seal === undefined || read === undefined) return undefined;
    const partial = { seal, shard: task.shard, ...read };
    assertConserved(open, { ...partial, key: read.pin.key });
    return partial;
  });
  return partials.every((partial) => partial !== undefined) ? partials : undefined;
}

/** Members that the fold excluded, by device. */
export type Exclusions = ReadonlyMap<string, Exclusion>;

/** The included members of a round, in group, seal and device order, and who was excluded in the fold. */
export interface Inclusion {
  readonly members: readonly SealMember[];
  /** By device. */
  readonly excluded: Exclusions;
  readonly totalWeight: number;
}

/** E = the union of the exclusions over all shards; whoever is in E counts in no shard. */
export function inclusionOf(
  seals: readonly SealObject[],
  partials: readonly ReadPartial[],
): Inclusion {
  const excluded = new Map<string, Exclusion>();
  for (const { record } of partials) {
    for (const exclusion of record.excluded) {
      if (!excluded.has(exclusion.device)) excluded.set(exclusion.device, exclusion);
    }
  }
  const members = seals
    .flatMap((seal) => seal.members)
    .filter(({ device }) => !excluded.has(device));
  const totalWeight = members.reduce((total, { weight }) => total + weight, 0);
  return { members, excluded, totalWeight };
}

async function readPartial(store: ObjectStore, key: string): Promise<PartialFile | undefined> {
  const facts = await store.head(key);
  if (facts === undefined) return undefined;
  const pin = { key, ...facts };
  const prefix = await store.getRange(pin, { begin: 0, end: PARTIAL_HEADER_BYTES_MAX });
  if (prefix === undefined) return undefined;
  return { pin, ...parsePartialHeader(prefix, pin.bytes) };
}
