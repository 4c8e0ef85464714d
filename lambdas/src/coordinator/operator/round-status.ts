import type {
  CloseObject,
  ResultObject,
  RoundId,
  RoundObject,
  RoundStatus,
} from '@tributary/client/protocol';
import type { Records } from '../../records/records.ts';
import { locateModel } from '../locate-model.ts';
import { roundUnknown } from '../unknown.ts';

/** @throws `model-unknown`, `round-unknown` */
export async function roundStatus(
  records: Records,
  { model, round }: RoundId,
): Promise<RoundStatus> {
  const status = await findRoundStatus(records, { model, round });
  if (status !== undefined) return status;
  // Tells an unknown model from an unknown round.
  await locateModel(records, model);
  throw roundUnknown(model, round);
}

/** Where a round stands; `undefined` where there is none. */
export async function findRoundStatus(
  records: Records,
  id: RoundId,
): Promise<RoundStatus | undefined> {
  const [round, close, result] = await Promise.all([
    records.round(id),
    records.close(id),
    records.result(id),
  ]);
  if (round === undefined) return undefined;
  return statusOf(round, close, result);
}

function statusOf(
  round: RoundObject,
  close: CloseObject | undefined,
  result: ResultObject | undefined,
): RoundStatus {
  return {
    schema: 1,
    model: round.model,
    round: round.round,
    phase: result?.kind ?? (close === undefined ? 'collecting' : 'aggregating'),
    openedAt: round.openedAt,
    deadlineAt: round.deadlineAt,
    settings: round.settings,
    baseVersion: round.base.version,
    remaining: round.remaining,
    closed: close === undefined ? null : { reason: close.reason, closedAt: close.closedAt },
    result: result ?? null,
  };
}
