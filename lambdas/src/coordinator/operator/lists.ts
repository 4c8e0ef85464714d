import {
  MODELS_PREFIX,
  type ModelList,
  type ModelStatus,
  planKey,
  type RoundList,
  type RoundStatus,
  type RoundSummary,
} from '@tributary/client/protocol';
import type { Records } from '../../records/records.ts';
import { mapConcurrently } from '../../steps/map-concurrently.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { locateModel } from '../locate-model.ts';
import { modelUnknown } from '../unknown.ts';
import { findRoundStatus } from './round-status.ts';

/** Rounds of one answer, each read in three small requests. */
const ROUNDS_MAX = 100;

/** Model names of one answer, each looked up in one request; 1,000 of the longest are 70 KB. */
const MODELS_MAX = 1_000;

const IN_FLIGHT_MAX = 16;

/** @throws `model-unknown` */
export async function modelStatus(records: Records, model: string): Promise<ModelStatus> {
  const { version, finished, open } = await locateModel(records, model);
  const plan = await records.plan(model);
  if (plan === undefined) throw modelUnknown(model);
  const openRound = open === undefined ? undefined : await findRoundStatus(records, open);
  return {
    schema: 1,
    model,
    version,
    round: finished,
    openRound: openRound ?? null,
    plan: plan.plan,
  };
}

/**
 * The models that were created, a page of them; one whose weights are still awaited is none yet.
 *
 * @param after - Exclusive; `next` of the page before.
 */
export async function listModels({ store }: Records, after?: string): Promise<ModelList> {
  const { names, next } = await pageOfNames(store, after);
  const models = await mapConcurrently(names, IN_FLIGHT_MAX, async (name) =>
    (await store.head(planKey(name))) === undefined ? [] : [name],
  );
  return { schema: 1, models: models.flat(), ...(next === undefined ? {} : { next }) };
}

async function pageOfNames(
  store: ObjectStore,
  after: string | undefined,
): Promise<{ readonly names: readonly string[]; readonly next?: string | undefined }> {
  const names: string[] = [];
  for await (const name of store.listSegments(MODELS_PREFIX)) {
    // Keys sort with their slash, so `a-b` comes before `a`.
    if (after !== undefined && `${name}/` <= `${after}/`) continue;
    if (names.length === MODELS_MAX) return { names, next: names.at(-1) };
    names.push(name);
  }
  return { names };
}

/**
 * A model's rounds, newest first; by number, because keys sort 10 before 9.
 *
 * @param before - Exclusive; `next` of the page before.
 * @throws `model-unknown`
 */
export async function listRounds(
  records: Records,
  model: string,
  before: number | undefined,
): Promise<RoundList> {
  const { finished, open } = await locateModel(records, model);
  const newest = Math.min(open?.round ?? finished, (before ?? Number.POSITIVE_INFINITY) - 1);
  const count = Math.min(newest, ROUNDS_MAX);
  const numbers = Array.from({ length: count }, (_, index) => newest - index);
  const statuses = await mapConcurrently(numbers, IN_FLIGHT_MAX, (round) =>
    findRoundStatus(records, { model, round }),
  );
  const rounds = statuses.filter((status) => status !== undefined).map(summaryOf);
  // Numbers are never skipped: every round from 1 on exists.
  const oldest = numbers.at(-1) ?? 1;
  return { schema: 1, model, rounds, ...(oldest > 1 ? { next: oldest } : {}) };
}

function summaryOf({ round, phase, result }: RoundStatus): RoundSummary {
  return {
    round,
    phase,
    reason: result?.kind === 'aborted' ? result.reason : null,
    version: result?.kind === 'published' ? result.version : null,
  };
}
