import {
  badNumberDetail,
  type OutcomeAnswer,
  type Rejection,
  type ResultObject,
  type RoundObject,
  type SealObject,
} from '@tributary/client/protocol';
import { groupOf } from '../../planning/group-of.ts';
import type { Records } from '../../records/records.ts';
import type { Coordinator } from '../coordinator.ts';
import { modelUnknown, roundUnknown } from '../unknown.ts';
import { waitSeconds } from '../wait.ts';
import { hasUploaded } from './has-uploaded.ts';

/** Shortest wait between two questions of a device about its update. */
const POLL_SECONDS = 1;

export interface OutcomeQuestion {
  /** Pseudonym. */
  readonly device: string;
  readonly model: string;
  readonly round: number;
  /** Of the update the device means, lower-case hex. @default the one that it uploaded */
  readonly sha256?: string | undefined;
}

/**
 * Tells what became of an update, from seals and result alone; updates themselves are never read.
 *
 * @throws `model-unknown`, `round-unknown`
 */
export async function outcomeOf(
  coordinator: Coordinator,
  question: OutcomeQuestion,
): Promise<OutcomeAnswer> {
  const { records } = coordinator;
  const [round, result] = await Promise.all([records.round(question), records.result(question)]);
  if (round === undefined) {
    const plan = await records.plan(question.model);
    throw plan === undefined
      ? modelUnknown(question.model)
      : roundUnknown(question.model, question.round);
  }
  const group = groupOf(question.device, round.groups);
  const entry = await findEntry(records, question, group);
  if (result !== undefined) {
    const fault = await faultOf(records, result, entry);
    return finalOutcome(question, result, { entry, fault });
  }
  return soFar(coordinator, question, { round, isSealed: entry !== undefined });
}

/** What a seal says of one device. */
type Entry =
  | {
      readonly kind: 'member';
      readonly sha256: string;
      readonly group: number;
      readonly seal: number;
      /** Among the seal's members, from 0. */
      readonly place: number;
    }
  | ({ readonly kind: 'rejected'; readonly sha256?: string | undefined } & Fault)
  | { readonly kind: 'surplus' };

/** Why an update does not count. */
type Fault = Pick<Rejection, 'code' | 'detail'>;

/** Looks through the seals of the device's group, one in memory at a time; a device is in one at most. */
async function findEntry(
  records: Records,
  { model, round, device }: OutcomeQuestion,
  group: number,
): Promise<Entry | undefined> {
  for await (const seal of records.eachSeal({ model, round }, group)) {
    const entry = entryIn(seal, device);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function entryIn(object: SealObject, device: string): Entry | undefined {
  const { group, seal, members, rejected, surplus } = object;
  const place = members.findIndex((each) => each.device === device);
  const member = members[place];
  if (member !== undefined) return { kind: 'member', sha256: member.sha256, group, seal, place };
  const rejection = rejected.find((each) => each.device === device);
  if (rejection !== undefined) {
    const { code, detail, sha256 } = rejection;
    return { kind: 'rejected', code, detail, sha256 };
  }
  return surplus.includes(device) ? { kind: 'surplus' } : undefined;
}

/** Before the result everything but arrival may still change: a round can be aborted. */
async function soFar(
  { records, random }: Coordinator,
  { device }: OutcomeQuestion,
  found: { readonly round: RoundObject; readonly isSealed: boolean },
): Promise<OutcomeAnswer> {
  const { round, isSealed } = found;
  const retryAfterSeconds = waitSeconds({
    devices: round.groupCapacity * round.groups,
    atLeastSeconds: POLL_SECONDS,
    random,
  });
  if (isSealed) return { schema: 1, kind: 'received', sealed: true, retryAfterSeconds };
  const isThere = await hasUploaded(records, round, device);
  return isThere
    ? { schema: 1, kind: 'received', sealed: false, retryAfterSeconds }
    : { schema: 1, kind: 'missing', retryAfterSeconds };
}

function finalOutcome(
  { sha256 }: OutcomeQuestion,
  result: ResultObject,
  { entry, fault }: { readonly entry: Entry | undefined; readonly fault: Fault | undefined },
): OutcomeAnswer {
  const isOther = holdsOther(entry, sha256);
  if (result.kind === 'aborted') {
    const own = isOther ? undefined : fault;
    return { schema: 1, kind: 'aborted', reason: result.reason, ...own };
  }
  if (fault !== undefined) {
    return { schema: 1, kind: 'rejected', ...fault, ...(isOther ? { duplicate: true } : {}) };
  }
  if (entry?.kind !== 'member') {
    return { schema: 1, kind: entry?.kind === 'surplus' ? 'surplus' : 'late' };
  }
  return { schema: 1, kind: isOther ? 'duplicate' : 'accepted', version: result.version };
}

/** True when the device's key is known to hold other bytes than it asks about, whose fate is not theirs. */
function holdsOther(entry: Entry | undefined, sha256: string | undefined): boolean {
  if (entry === undefined || entry.kind === 'surplus') return false;
  return sha256 !== undefined && entry.sha256 !== undefined && entry.sha256 !== sha256;
}

/** Why a device's update could not count: its header, as its seal says, or its numbers, as the result says. */
async function faultOf(
  records: Records,
  { model, excluded }: ResultObject,
  entry: Entry | undefined,
): Promise<Fault | undefined> {
  if (entry?.kind === 'rejected') return { code: entry.code, detail: entry.detail };
  if (entry?.kind !== 'member') return undefined;
  const { group, seal, place } = entry;
  const own = excluded.find(
    (each) => each.group === group && each.seal === seal && each.members.includes(place),
  );
  if (own === undefined) return undefined;

  const { code, members, elements } = own;
  const object = await records.plan(model);
  const element = elements?.[members.indexOf(place)];
  return { code, detail: object && badNumberDetail(object.plan, { code, element }) };
}
