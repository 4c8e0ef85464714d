import {
  assertMinimum,
  type Operation,
  RequestRefusedError,
  type RoundId,
  type RoundObject,
  type StartRoundAnswer,
} from '@tributary/client/protocol';
import { newRound } from '../../planning/new-round.ts';
import { roundTimer } from '../../planning/round-timer.ts';
import type { Location } from '../../records/locate.ts';
import type { Records } from '../../records/records.ts';
import { versionRef } from '../../records/version-ref.ts';
import { settleLast } from '../../steps/finish.ts';
import type { Coordinator } from '../coordinator.ts';
import { locateModel } from '../locate-model.ts';
import { refusing } from '../request-json.ts';
import { versionUnknown } from '../unknown.ts';
import { hintTimer } from './hint.ts';

export type StartRound = Extract<Operation, { readonly operation: 'start-round' }>;

/** Rounds looked back for a repeated request: a retry comes within minutes, short rounds may end before it. */
const LOOK_BACK_ROUNDS = 16;

/**
 * Opens a model's next round, unless a series goes on by itself. Two requests at once: one opens it, the
 * other is told.
 *
 * @throws {@link RequestRefusedError} `minimum-not-below-goal`, `model-unknown`, `round-open`,
 * `cohort-too-large`.
 */
export async function startRound(
  coordinator: Coordinator,
  request: StartRound,
): Promise<StartRoundAnswer> {
  const { records } = coordinator;
  refusing(() => assertMinimum(request.settings));
  const location = await locateModel(records, request.model);
  const own = await findOwn(records, request, location);
  if (own !== undefined) return answerFor(coordinator, own);
  if (location.open !== undefined) throw roundOpen(location.open);
  await goOn(coordinator, { model: request.model, round: location.finished });
  const round = await layOut(coordinator, request, location);
  const { value } = await records.writeRound(round);
  if (value.requestId !== request.requestId) throw roundOpen(value);
  return answerFor(coordinator, value);
}

/**
 * Opens the next round of a series that stopped between a result and what follows from it: a round of
 * somebody else's in its place would end the series unheard.
 *
 * @throws {@link RequestRefusedError} `round-open` naming that round.
 */
async function goOn(coordinator: Coordinator, last: RoundId): Promise<void> {
  const opened = await settleLast(coordinator, last);
  if (opened === undefined) return;
  await hintTimer(coordinator, roundTimer(opened, coordinator.now()));
  throw roundOpen(opened);
}

/** The round this very request opened before, open or finished meanwhile. */
async function findOwn(
  records: Records,
  { model, requestId }: StartRound,
  { next }: Location,
): Promise<RoundObject | undefined> {
  const numbers = Array.from({ length: LOOK_BACK_ROUNDS }, (_, back) => next - back);
  const rounds = await Promise.all(
    numbers.filter((round) => round >= 1).map((round) => records.round({ model, round })),
  );
  return rounds.find((round) => round?.requestId === requestId);
}

async function layOut(
  { records, newId, now }: Coordinator,
  { model, settings, remaining, requestId }: StartRound,
  { next, version }: Location,
): Promise<RoundObject> {
  const [plan, base] = await Promise.all([
    records.plan(model),
    versionRef(records, model, version),
  ]);
  if (plan === undefined || base === undefined) throw versionUnknown(model, version);
  return newRound({
    plan: plan.plan,
    round: next,
    base,
    settings,
    remaining,
    requestId,
    seed: newId(),
    now: now(),
  });
}

async function answerFor(coordinator: Coordinator, round: RoundObject): Promise<StartRoundAnswer> {
  await hintTimer(coordinator, roundTimer(round, coordinator.now()));
  return {
    schema: 1,
    round: round.round,
    baseVersion: round.base.version,
    deadlineAt: round.deadlineAt,
  };
}

function roundOpen({ model, round }: RoundObject): RequestRefusedError {
  return new RequestRefusedError(
    `Round ${round} of ${model} was opened by another request or by its series; wait for it, or close or abort it first`,
    { code: 'round-open', detail: { model, round } },
  );
}
