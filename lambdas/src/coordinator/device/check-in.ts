import type { CheckInAnswer, ResultObject, RoundObject } from '@tributary/client/protocol';
import { drawOf, selectedAt } from '../../planning/sortition.ts';
import type { Location } from '../../records/locate.ts';
import type { Coordinator } from '../coordinator.ts';
import { locateModel } from '../locate-model.ts';
import { modelUnknown } from '../unknown.ts';
import { downloadOf } from '../version-download.ts';
import { waitSeconds, waitSecondsFor } from '../wait.ts';
import { isCollecting } from './collecting.ts';
import { hasUploaded } from './has-uploaded.ts';

/** Between two rounds of a series only the aggregation lies; after its end nobody knows. */
const SERIES_WAIT_SECONDS = 2;
const IDLE_WAIT_SECONDS = 30;

export interface CheckIn {
  /** Pseudonym. */
  readonly device: string;
  readonly model: string;
}

/** Tells a device what to do now: train, or come back later. @throws `model-unknown` */
export async function checkIn(
  coordinator: Coordinator,
  { device, model }: CheckIn,
): Promise<CheckInAnswer> {
  const { records, keys, now, random } = coordinator;
  const [location, plan] = await Promise.all([locateModel(records, model), records.plan(model)]);
  if (plan === undefined) throw modelUnknown(model);
  const { open } = location;
  if (open === undefined || !(await isCollecting(coordinator, open))) {
    return noRound(coordinator, location, model);
  }
  const { round, deadlineAt } = open;
  const waitMs = selectedAt(open, drawOf(keys.sortition, open, device)) - now();
  if (waitMs > 0) {
    const retryAfterSeconds = waitSecondsFor(waitMs, random);
    return { schema: 1, kind: 'not-selected', round, retryAfterSeconds };
  }
  // A page that was reloaded has forgotten its upload; a second one would be refused after the training.
  if (await hasUploaded(records, open, device)) return received(coordinator, open);
  const base = await downloadOf(coordinator, model, open.base);
  return { schema: 1, kind: 'selected', round, device, plan: plan.plan, base, deadlineAt };
}

function received({ random }: Coordinator, open: RoundObject): CheckInAnswer {
  const retryAfterSeconds = waitSeconds({
    devices: devicesOf(open),
    atLeastSeconds: SERIES_WAIT_SECONDS,
    random,
  });
  return { schema: 1, kind: 'not-selected', round: open.round, retryAfterSeconds, received: true };
}

async function noRound(
  { records, random }: Coordinator,
  location: Location,
  model: string,
): Promise<CheckInAnswer> {
  const id = { model, round: location.finished };
  const last = location.open ?? (await records.round(id));
  const result = location.open === undefined ? await records.result(id) : undefined;
  const retryAfterSeconds = waitSeconds({
    devices: last === undefined ? 0 : devicesOf(last),
    atLeastSeconds: goesOn(last, result) ? SERIES_WAIT_SECONDS : IDLE_WAIT_SECONDS,
    random,
  });
  return { schema: 1, kind: 'no-round', retryAfterSeconds };
}

/** True when another round follows by itself. */
function goesOn(last: RoundObject | undefined, result: ResultObject | undefined): boolean {
  return last !== undefined && last.remaining !== 0 && result?.stop !== true;
}

function devicesOf({ settings, groupCapacity, groups }: RoundObject): number {
  return settings.population ?? groupCapacity * groups;
}
