import {
  assertWebCrypto,
  type CheckInAnswer,
  flattenTensors,
  HEADER_BYTES_MAX,
  layOutModel,
  layOutUpdate,
  type RequestRefusedError,
  sha256Hex,
  type TrainingPlan,
  withoutFrozen,
} from '../protocol/index.ts';
import { orderTensors } from '../protocol/tensors/layout.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import { downloadVersion } from './download.ts';
import { encodeResult } from './encode-result.ts';
import { reportLeftOut } from './left-out.ts';
import { awaitOutcome, type DeviceOutcome, type Resending } from './outcome.ts';
import type { OperationContext } from './progress.ts';
import type { EncodedUpdate } from './slot-request.ts';
import type { Training } from './training.ts';
import { UpdateSender } from './update-sender.ts';

/** Trainings a participation adds when its base is overtaken; a third one would hardly be in time. */
const RETRAININGS_MAX = 2;

/** Wait when a refusal states none, in seconds. */
const RETRY_AFTER_SECONDS_DEFAULT = 60;

/** A participation's collaborators. */
export interface Participation {
  readonly model: string;
  readonly client: CoordinatorClient;
  readonly training: Training;
  readonly awaitOutcome: boolean;
  /** True uploads numbers that the aggregator will reject. */
  readonly isUnchecked: boolean;
}

type Selected = Extract<CheckInAnswer, { kind: 'selected' }>;

/**
 * Takes part in a model's open round: check in, download, train, encode, slot, upload, outcome.
 *
 * @throws `signal.reason` when aborted; errors of each step.
 */
export async function participate(
  participation: Participation,
  context: OperationContext,
): Promise<DeviceOutcome> {
  const { client, model } = participation;
  // Without digests the work would be for nothing.
  assertWebCrypto();
  for (let retrainings = 0; ; retrainings += 1) {
    const checkIn = await client.checkIn(model, context);
    if (checkIn.kind === 'no-round') {
      return { kind: 'no-round', retryAfterSeconds: checkIn.retryAfterSeconds };
    }
    if (checkIn.kind === 'not-selected') return notSelected(checkIn, participation, context);
    const update = await makeUpdate(checkIn, participation, context);
    const sender = new UpdateSender(update, client, context);
    const refusal = await sender.send();
    if (refusal === undefined)
      return finish(update, participation, {
        ...context,
        resend: async () => (await sender.send()) === undefined,
      });
    if (retrainings < RETRAININGS_MAX && isOvertaken(refusal)) continue;
    return outcomeOfRefusal(refusal, checkIn.round);
  }
}

type NotSelected = Extract<CheckInAnswer, { kind: 'not-selected' }>;

/** An update that is there already needs no second training, only its outcome. */
async function notSelected(
  { round, retryAfterSeconds, received }: NotSelected,
  { model, client, awaitOutcome: isAwaited }: Participation,
  context: OperationContext,
): Promise<DeviceOutcome> {
  if (received !== true) return { kind: 'not-selected', round, retryAfterSeconds };
  if (!isAwaited) return { kind: 'received', round, retryAfterSeconds };
  return awaitOutcome({ model, round }, client, context);
}

async function makeUpdate(
  checkIn: Selected,
  { client, model, training, isUnchecked }: Participation,
  context: OperationContext,
): Promise<EncodedUpdate> {
  const { plan, round, base, device } = checkIn;
  const { weights } = await downloadVersion(
    {
      download: base,
      refresh: () => client.version(model, base.version, context),
      bytesMax: versionBytesMax(plan),
    },
    context,
  );
  // Checked whole against the plan; what an update holds is kept aside, because the train function may
  // change what it is given.
  orderTensors(plan, weights);
  const flatBase = flattenTensors(layOutUpdate(plan), withoutFrozen(plan, weights));
  const result = await training.run({ weights, plan, round }, context);
  reportLeftOut(result, context.progress);
  const bytes = encodeResult(result, {
    plan,
    baseVersion: base.version,
    device,
    base: flatBase,
    isUnchecked,
  });
  const sha256 = await sha256Hex(bytes);
  return { model, round, sha256, bytes, baseVersion: base.version };
}

function versionBytesMax(plan: TrainingPlan): number {
  return HEADER_BYTES_MAX + layOutModel(plan).elementCount * Float32Array.BYTES_PER_ELEMENT;
}

/** True when a newer base can be had: another base is current, or a later round is open. */
function isOvertaken({ code, detail }: RequestRefusedError): boolean {
  return (
    code === 'wrong-base' || (code === 'round-closed' && typeof detail?.['openRound'] === 'number')
  );
}

function outcomeOfRefusal(refusal: RequestRefusedError, round: number): DeviceOutcome {
  if (refusal.code === 'round-closed') return { kind: 'late', round };
  if (refusal.code !== 'not-selected') throw refusal;
  const stated = refusal.detail?.['retryAfterSeconds'];
  const retryAfterSeconds = typeof stated === 'number' ? stated : RETRY_AFTER_SECONDS_DEFAULT;
  return { kind: 'not-selected', round, retryAfterSeconds };
}

async function finish(
  { model, round, sha256 }: EncodedUpdate,
  participation: Participation,
  context: OperationContext & Resending,
): Promise<DeviceOutcome> {
  if (!participation.awaitOutcome) return { kind: 'received', round, sha256 };
  return awaitOutcome({ model, round, sha256 }, participation.client, context);
}
