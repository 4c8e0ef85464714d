import {
  RequestRefusedError,
  type RoundObject,
  SLOT_SECONDS,
  type Slot,
  type SlotRequest,
  updateKey,
} from '@tributary/client/protocol';
import { groupOf } from '../../planning/group-of.ts';
import { drawOf, selectedAt } from '../../planning/sortition.ts';
import type { Location } from '../../records/locate.ts';
import type { Coordinator } from '../coordinator.ts';
import { locateModel } from '../locate-model.ts';
import { modelUnknown } from '../unknown.ts';
import { waitSecondsFor } from '../wait.ts';
import { isCollecting } from './collecting.ts';
import { assertHeader } from './update-header.ts';
import { checkUpdateSize } from './update-size.ts';

/**
 * Clocks of two functions may differ by this much: a device selected by one must not be refused by the
 * other after it has trained.
 */
const CLOCK_DIFFERENCE_MS = 1_000;

export interface SlotQuestion {
  /** Pseudonym. */
  readonly device: string;
  readonly model: string;
  readonly round: number;
  readonly request: SlotRequest;
}

/**
 * Gives leave to upload one update, after everything that can be known before a byte is sent. Asking
 * twice gives a slot for the same key.
 *
 * @throws {@link RequestRefusedError} `model-unknown`, `round-closed`, `wrong-base`,
 * a code of the header that is stated, `update-too-large`, `update-too-small`, `not-selected`, `too-many-slots`.
 */
export async function giveSlot(
  coordinator: Coordinator,
  { device, model, round, request }: SlotQuestion,
): Promise<Slot> {
  const { records, urls, now } = coordinator;
  const [location, plan] = await Promise.all([locateModel(records, model), records.plan(model)]);
  if (plan === undefined) throw modelUnknown(model);
  const open = await collectingRound(coordinator, location);
  if (open?.round !== round) throw roundClosed(location, { asked: round, open });
  assertBase(open, request);
  assertHeader(plan.plan, device, request);
  checkUpdateSize(plan.plan, request.bytes);
  assertSelected(coordinator, open, device);
  const key = updateKey({ model, round, device, group: groupOf(device, open.groups) });
  assertAllowance(coordinator, key, request);
  return urls.slot({ key, bytes: request.bytes, sha256: request.sha256, now: now() });
}

async function collectingRound(
  coordinator: Coordinator,
  { open }: Location,
): Promise<RoundObject | undefined> {
  return open !== undefined && (await isCollecting(coordinator, open)) ? open : undefined;
}

function roundClosed(
  { version }: Location,
  { asked, open }: { readonly asked: number; readonly open: RoundObject | undefined },
): RequestRefusedError {
  const advice =
    open === undefined
      ? 'no other is open, so check in again later'
      : `round ${open.round} is, from version ${open.base.version}, so check in and train again`;
  return new RequestRefusedError(
    `Round ${asked} does not collect updates (now or any more); ${advice}`,
    {
      code: 'round-closed',
      detail: {
        round: asked,
        openRound: open?.round ?? null,
        baseVersion: open?.base.version ?? version,
      },
    },
  );
}

function assertBase({ round, base }: RoundObject, { baseVersion }: SlotRequest): void {
  if (baseVersion === base.version) return;
  throw new RequestRefusedError(
    `Update was trained from version ${baseVersion}, round ${round} starts from version ${base.version}; download that and train again`,
    { code: 'wrong-base', detail: { round, baseVersion: base.version } },
  );
}

function assertSelected({ keys, now, random }: Coordinator, open: RoundObject, device: string) {
  const waitMs = selectedAt(open, drawOf(keys.sortition, open, device)) - now();
  if (waitMs <= CLOCK_DIFFERENCE_MS) return;
  throw new RequestRefusedError(
    `Device is not selected for round ${open.round} yet; check in again later`,
    {
      code: 'not-selected',
      detail: { round: open.round, retryAfterSeconds: waitSecondsFor(waitMs, random) },
    },
  );
}

function assertAllowance({ slots, now, random }: Coordinator, key: string, { bytes }: SlotRequest) {
  const waitMs = slots.take(key, now());
  if (waitMs === 0) return;
  throw new RequestRefusedError(
    `Device has asked for too many slots of this round; a slot is good for ${SLOT_SECONDS} seconds and any number of attempts, so ask for another only when storage answers "Request has expired". Code SignatureDoesNotMatch means that the request is not the signed one: PUT the URL as it is, with content-length ${bytes}, the slot's headers and the bytes as the whole body, not chunked and not as a form`,
    { code: 'too-many-slots', detail: { retryAfterSeconds: waitSecondsFor(waitMs, random) } },
  );
}
