import {
  type CheckInAnswer,
  flattenTensors,
  HEADER_BYTES_MAX,
  layoutOf,
  RequestRefusedError,
  sha256Hex,
  type TrainingPlan,
} from '../protocol/index.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import { downloadVersion } from './download.ts';
import { encodeResult } from './encode-result.ts';
import { awaitOutcome, type DeviceOutcome, type UploadedUpdate } from './outcome.ts';
import type { OperationContext } from './progress.ts';
import type { Training } from './training.ts';
import { uploadBytes } from './upload.ts';

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
  for (let retrainings = 0; ; retrainings += 1) {
    const checkIn = await client.checkIn(model, context);
    if (checkIn.kind === 'no-round') {
      return { kind: 'no-round', retryAfterSeconds: checkIn.retryAfterSeconds };
    }
    if (checkIn.kind === 'not-selected') return notSelected(checkIn);
    const update = await makeUpdate(checkIn, participation, context);
    const sent = await sendUpdate(update, participation, context);
    if (sent === undefined) return finish(update, participation, context);
    if (retrainings < RETRAININGS_MAX && isOvertaken(sent)) continue;
    return outcomeOfRefusal(sent, checkIn.round);
  }
}

function notSelected({ round, retryAfterSeconds }: { round: number; retryAfterSeconds: number }) {
  return { kind: 'not-selected', round, retryAfterSeconds } as const;
}

interface Update extends UploadedUpdate {
  readonly bytes: Uint8Array;
  readonly baseVersion: number;
}

async function makeUpdate(
  checkIn: Selected,
  { client, model, training, isUnchecked }: Participation,
  context: OperationContext,
): Promise<Update> {
  const { plan, round, base, device } = checkIn;
  const { weights } = await downloadVersion(
    {
      download: base,
      refresh: () => client.version(model, base.version, context),
      bytesMax: versionBytesMax(plan),
    },
    context,
  );
  // Kept aside and checked against the plan: the train function may change what it is given.
  const flatBase = flattenTensors(plan, weights);
  const result = await training.run({ weights, plan, round }, context);
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
  return HEADER_BYTES_MAX + layoutOf(plan).elementCount * Float32Array.BYTES_PER_ELEMENT;
}

/** @returns The refusal when the coordinator gave no slot; `undefined` once something is stored. */
async function sendUpdate(
  update: Update,
  { client }: Participation,
  context: OperationContext,
): Promise<RequestRefusedError | undefined> {
  const { bytes, sha256, baseVersion, round, model } = update;
  const request = { bytes: bytes.length, sha256, baseVersion };
  const askForSlot = () => client.slot(update, request, context).catch(markRefusal);
  try {
    const slot = await askForSlot();
    const what = `the upload for round ${round} of model ${model}`;
    await uploadBytes({ what, bytes, slot, refresh: askForSlot }, context);
    return undefined;
  } catch (error) {
    if (error instanceof SlotRefused) return error.refusal;
    throw error;
  }
}

/** Tells the coordinator's refusal of a slot from the storage's refusal of the bytes. */
class SlotRefused extends Error {
  readonly refusal: RequestRefusedError;

  constructor(refusal: RequestRefusedError) {
    super(refusal.message, { cause: refusal });
    this.refusal = refusal;
  }
}

function markRefusal(error: unknown): never {
  throw error instanceof RequestRefusedError ? new SlotRefused(error) : error;
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
  return notSelected({ round, retryAfterSeconds });
}

async function finish(
  { model, round, sha256 }: UploadedUpdate,
  participation: Participation,
  context: OperationContext,
): Promise<DeviceOutcome> {
  if (!participation.awaitOutcome) return { kind: 'received', round, sha256 };
  return awaitOutcome({ model, round, sha256 }, participation.client, context);
}
