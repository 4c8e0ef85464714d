import {
  type OutcomeAnswer,
  type ResultObject,
  type RoundObject,
  type SealObject,
  updateKey,
} from '@tributary/client/protocol';
import { groupOf } from '../../planning/group-of.ts';
import type { Records } from '../../records/records.ts';
import type { Coordinator } from '../coordinator.ts';
import { modelUnknown, roundUnknown } from '../unknown.ts';
import { waitSeconds } from '../wait.ts';

/** Shortest wait between two questions of a device about its update. */
const POLL_SECONDS = 1;

export interface OutcomeQuestion {
  /** Pseudonym. */
  readonly device: string;
  readonly model: string;
  readonly round: number;
  /** Of the update the device means; lower-case hex. */
  readonly sha256: string;
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
  if (result?.kind === 'aborted') return { schema: 1, kind: 'aborted', reason: result.reason };
  const group = groupOf(question.device, round.groups);
  const seals = await records.seals(question, group);
  if (result !== undefined) return finalOutcome(question, { result, seals });
  return soFar(coordinator, question, { round, group, seals });
}

/** Before the result everything but arrival may still change: a round can be aborted. */
async function soFar(
  { records, random }: Coordinator,
  { device, model, round: number }: OutcomeQuestion,
  found: { readonly round: RoundObject; readonly group: number; readonly seals: SealObject[] },
): Promise<OutcomeAnswer> {
  const { round, group, seals } = found;
  const retryAfterSeconds = waitSeconds({
    devices: round.groupCapacity * round.groups,
    atLeastSeconds: POLL_SECONDS,
    random,
  });
  if (isSealed(seals, device)) {
    return { schema: 1, kind: 'received', sealed: true, retryAfterSeconds };
  }
  const isThere = await exists(records, updateKey({ model, round: number, device, group }));
  return isThere
    ? { schema: 1, kind: 'received', sealed: false, retryAfterSeconds }
    : { schema: 1, kind: 'missing', retryAfterSeconds };
}

function finalOutcome(
  { device, sha256 }: OutcomeQuestion,
  { result, seals }: { readonly result: ResultObject; readonly seals: readonly SealObject[] },
): OutcomeAnswer {
  // Header and fold rejections both; a fold's member is in a seal too, and this comes first.
  const rejection = result.rejected.find((rejected) => rejected.device === device);
  if (rejection !== undefined) return { schema: 1, kind: 'rejected', code: rejection.code };
  const member = seals.flatMap(({ members }) => members).find((each) => each.device === device);
  if (member !== undefined) {
    const kind = member.sha256 === sha256 ? 'accepted' : 'duplicate';
    return { schema: 1, kind, version: result.version };
  }
  const isSurplus = seals.some(({ surplus }) => surplus.includes(device));
  return { schema: 1, kind: isSurplus ? 'surplus' : 'late' };
}

function isSealed(seals: readonly SealObject[], device: string): boolean {
  return seals.some(
    ({ members, rejected, surplus }) =>
      surplus.includes(device) ||
      [...members, ...rejected].some((entry) => entry.device === device),
  );
}

/** By LIST, so that the coordinator needs no leave to read updates. */
async function exists(records: Records, key: string): Promise<boolean> {
  for await (const pin of records.store.list(key)) {
    if (pin.key === key) return true;
  }
  return false;
}
