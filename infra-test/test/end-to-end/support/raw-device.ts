import { createHash } from 'node:crypto';
import {
  type CheckInAnswer,
  checkInAnswerSchema,
  encodeUpdate,
  type OutcomeAnswer,
  outcomeAnswerSchema,
  type Slot,
  slotSchema,
  updateKey,
} from '@tributary/client/protocol';
import type { TestDevice, World } from './world.ts';

/** A device that does one step at a time, so that a test can do it wrong. */
export interface RawSlot extends RawUpdate {
  readonly url: string;
  /** What has to be sent with it. */
  readonly headers: Readonly<Record<string, string>>;
  /** PUTs as the slot says, unless told otherwise; an undefined header is left out. */
  put(wrong?: {
    readonly url?: string;
    readonly body?: Uint8Array;
    readonly headers?: Readonly<Record<string, string | undefined>>;
  }): Promise<Response>;
}

/** An encoded update that nobody has been asked to take yet. */
export interface RawUpdate {
  /** Pseudonym. */
  readonly device: string;
  readonly round: number;
  readonly baseVersion: number;
  /** Where it belongs in the bucket. */
  readonly key: string;
  readonly body: Buffer;
  /** Asks for a slot, with some fields changed, and leaves the answer as it is. */
  askForSlot(changes?: Readonly<Record<string, unknown>>): Promise<Response>;
  outcome(): Promise<OutcomeAnswer>;
}

export interface RawOptions {
  /** Changes the encoded update before its slot is asked for. */
  readonly tamper?: (update: Uint8Array) => Uint8Array;
}

type Selected = Extract<CheckInAnswer, { kind: 'selected' }>;

/** Checks in, encodes the update and takes a slot; uploads nothing. */
export async function startSlot(
  world: World,
  model: string,
  device: TestDevice,
  options: RawOptions = {},
): Promise<RawSlot> {
  const update = await craftUpdate(world, model, device, options);
  const slot = slotSchema.parse(await jsonOf(await update.askForSlot()));
  return {
    ...update,
    url: slot.url,
    headers: slot.headers,
    put: (wrong = {}) => putSlot(slot, update.body, wrong),
  };
}

/** Checks in and encodes the update; asks for no slot. */
export async function craftUpdate(
  world: World,
  model: string,
  device: TestDevice,
  { tamper = (update) => update }: RawOptions = {},
): Promise<RawUpdate> {
  const call = await callerOf(world, device.id);
  const answer = checkInAnswerSchema.parse(
    await jsonOf(await call('POST', `v1/models/${model}/check-in`, { schema: 1 })),
  );
  if (answer.kind !== 'selected') throw new Error(`Device is not selected: ${answer.kind}`);
  const body = Buffer.from(tamper(encode(answer, device)));
  const sha256 = createHash('sha256').update(body).digest('hex');
  const path = `v1/models/${model}/rounds/${answer.round}`;
  const baseVersion = answer.base.version;
  const slotRequest = { schema: 1, bytes: body.length, sha256, baseVersion };
  return {
    device: answer.device,
    round: answer.round,
    baseVersion,
    key: updateKey({ model, round: answer.round, device: answer.device, group: 0 }),
    body,
    askForSlot: (changes = {}) => call('POST', `${path}/slot`, { ...slotRequest, ...changes }),
    outcome: async () =>
      outcomeAnswerSchema.parse(
        await jsonOf(await call('GET', `${path}/outcome?sha256=${sha256}`)),
      ),
  };
}

/** Uploads the update a device made, as its slot says. */
export async function uploadRaw(
  world: World,
  model: string,
  device: TestDevice,
  options: RawOptions = {},
): Promise<RawSlot> {
  const slot = await startSlot(world, model, device, options);
  const { ok, status } = await slot.put();
  if (!ok) throw new Error(`PUT of ${slot.key}: ${status}`);
  return slot;
}

/** Sends requests as one device. */
export async function callerOf(world: World, deviceId: string) {
  const token = await world.identity.token({ subject: deviceId });
  return (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${world.deployed.coordinatorUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
}

async function jsonOf(answer: Response): Promise<unknown> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

function encode({ plan, base, device }: Selected, own: TestDevice): Uint8Array {
  const data = Float32Array.from(own.delta);
  return encodeUpdate({
    plan,
    baseVersion: base.version,
    device,
    exampleCount: own.exampleCount,
    metrics: own.metrics ?? {},
    delta: { w: { dtype: 'F32', shape: [data.length], data } },
  });
}

function putSlot(
  slot: Slot,
  body: Buffer,
  wrong: NonNullable<Parameters<RawSlot['put']>[0]>,
): Promise<Response> {
  const headers = Object.entries({ ...slot.headers, ...wrong.headers }).filter(
    (header): header is [string, string] => header[1] !== undefined,
  );
  return fetch(wrong.url ?? slot.url, {
    method: 'PUT',
    headers: Object.fromEntries(headers),
    body: Uint8Array.from(wrong.body ?? body),
  });
}
